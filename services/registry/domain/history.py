"""What changed of a person, version by version, in words a registrar reads."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

_OWN = ("version", "recorded_at", "source_record_id", "created_at", "id", "programme_number", "organisation")


@dataclass(frozen=True, slots=True)
class Version:
    """One version as stored.

    Attributes:
        operation: What made it.
        organisation: Who asked for it.
        document: The person's own row.
        received_by: The account that sent it.
        reason: What was said of it, where the operation asks for a reason.
    """

    number: int
    at: datetime
    operation: str
    organisation: str
    document: Mapping[str, Any]
    received_by: str = ""
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a person's papers, statuses, addresses or nationalities.

    Attributes:
        kind: Its table.
        value: What it says.
        known_from: When it was opened.
        known_to: When it was corrected; None while it is live.
        key: The id it keeps through corrections.
    """

    kind: str
    value: Mapping[str, Any]
    known_from: datetime
    known_to: datetime | None
    key: UUID | None = None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a version changed of one field; None where there was or is nothing."""

    field: str
    before: Any
    after: Any

    @property
    def kind(self) -> str:
        """What happened to it: `added`, `removed`, `ended` when only its last day is new, else `corrected`."""
        if self.before is None:
            return "added"
        if self.after is None:
            return "removed"
        if not isinstance(self.before, Mapping) or not isinstance(self.after, Mapping):
            return "corrected"
        ended = {**self.before, "valid_to": self.after.get("valid_to")} == self.after and self.after.get("valid_to")
        return "ended" if ended else "corrected"

    @property
    def valid(self) -> tuple[str | None, str | None]:
        """The days on which it is true, of a row that has days; of one that is gone, the days it had."""
        row = self.before if self.after is None else self.after
        return (row.get("valid_from"), row.get("valid_to")) if isinstance(row, Mapping) else (None, None)


@dataclass(frozen=True, slots=True)
class Entry:
    """One version and what it changed."""

    version: Version
    changes: tuple[FieldChange, ...]


def entries(versions: Sequence[Version], parts: Sequence[Part]) -> tuple[Entry, ...]:
    """Return what each version changed, newest first.

    Args:
        versions: In ascending order; the first is compared with nothing.
        parts: Every row ever known.
    """
    found = []
    before: Mapping[str, Any] = {}
    for version in versions:
        own = [
            FieldChange(name, before.get(name), value)
            for name, value in version.document.items()
            if name not in _OWN and (before.get(name) or None) != (value or None)
        ]
        found.append(Entry(version, (*own, *_rows(parts, version.at))))
        before = version.document
    return tuple(reversed(found))


def _rows(parts: Sequence[Part], at: datetime) -> Iterator[FieldChange]:
    """Yield what became of rows at an instant: a row that follows another about the same paper is one change."""
    opened = [part for part in parts if part.known_from == at]
    for old in parts:
        if old.known_to != at:
            continue
        new = next((one for one in opened if old.key is not None and (one.kind, one.key) == (old.kind, old.key)), None)
        if new is not None:
            opened.remove(new)
        yield FieldChange(old.kind, old.value, new and new.value)
    for part in opened:
        yield FieldChange(part.kind, None, part.value)
