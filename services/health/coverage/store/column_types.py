"""Column types that speak the domain's words, so that a row becomes its record by name alone."""

from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import JSON, Dialect, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.types import TypeDecorator


class Word(TypeDecorator[Any]):
    """A text column that holds one word of a vocabulary."""

    impl = Text
    cache_ok = True

    def __init__(self, vocabulary: type[StrEnum]) -> None:
        super().__init__()
        self.vocabulary = vocabulary

    def process_result_value(self, value: str | None, dialect: Dialect) -> StrEnum | None:  # noqa: ARG002  # SQLAlchemy's signature
        """Return the word as the vocabulary's member."""
        return None if value is None else self.vocabulary(value)


class Record(TypeDecorator[Any]):
    """A `json` column that holds a frozen dataclass, or a tuple of them, exactly: decimals are kept as strings."""

    impl = JSON
    cache_ok = True

    def __init__(self, kind: Any) -> None:
        super().__init__()
        self.kind = kind
        self._adapter = TypeAdapter(kind)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  # SQLAlchemy's signature
        """Return the record as JSON values."""
        return self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:  # noqa: ARG002  # SQLAlchemy's signature
        """Return the record."""
        return self._adapter.validate_python(value)


class IndexedRecord(Record):
    """The same in a `jsonb` column, for what SQL may look into."""

    impl = JSONB
    cache_ok = True
