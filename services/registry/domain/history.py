"""What changed of a person, version by version, in words a registrar reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_OWN = ("version", "recorded_at", "source_record_id", "created_at", "id", "programme_number", "organisation")


@dataclass(frozen=True, slots=True)
class Version:
    """One version as stored.

    Attributes:
        operation: What made it.
        organisation: Who asked for it.
        document: The person's own row.
    """

    number: int
    at: datetime
    operation: str
    organisation: str
    document: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """One row of a person's papers, statuses, addresses or nationalities.

    Attributes:
        kind: Its table.
        value: What it says.
        known_from: When it was opened.
        known_to: When it was corrected; None while it is live.
    """

    kind: str
    value: Mapping[str, Any]
    known_from: datetime
    known_to: datetime | None


@dataclass(frozen=True, slots=True)
class FieldChange:
    """What a version changed of one field; None where there was or is nothing."""

    field: str
    before: Any
    after: Any


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
        opened = [FieldChange(part.kind, None, part.value) for part in parts if part.known_from == version.at]
        closed = [FieldChange(part.kind, part.value, None) for part in parts if part.known_to == version.at]
        found.append(Entry(version, (*own, *closed, *opened)))
        before = version.document
    return tuple(reversed(found))
