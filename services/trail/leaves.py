"""A row of the trail as bytes that everybody writes the same way, and its hash.

Source: RFC 8785 (JSON canonicalisation). A row holds text, lists of text, null and one whole number, whose canonical
form is what Python's writer gives with sorted names: the names are ASCII, and the number is far below 2**53.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from services.trail.merkle import leaf_hash


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the audit trail, as `services.kit.audit` writes it.

    Attributes:
        at: Aware instant, microseconds.
        persons: Pseudonyms.
    """

    id: UUID
    at: datetime
    action: str
    outcome: str
    subject: str
    client_id: str
    organisation: str
    purpose: str | None
    persons: Sequence[str]
    request_id: str


def row_of(found: Any) -> Row:
    """Return a database's row as what is sealed."""
    return Row(
        id=found.id,
        at=found.at,
        action=found.action,
        outcome=found.outcome,
        subject=found.subject,
        client_id=found.client_id,
        organisation=found.organisation,
        purpose=found.purpose,
        persons=tuple(found.persons),
        request_id=found.request_id,
    )


def document(row: Row, seq: int) -> Mapping[str, Any]:
    """Return what is sealed of a row: all of it, and its place."""
    return {
        "action": row.action,
        "at": instant(row.at),
        "client_id": row.client_id,
        "id": str(row.id),
        "organisation": row.organisation,
        "outcome": row.outcome,
        "persons": list(row.persons),
        "purpose": row.purpose,
        "request_id": row.request_id,
        "seq": seq,
        "subject": row.subject,
    }


def canonical(value: Mapping[str, Any]) -> bytes:
    """Return canonical JSON of an object with ASCII names.

    Raises:
        UnicodeEncodeError: A text holds half of a surrogate pair, which is no text.
    """
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def leaf(row: Row, seq: int) -> bytes:
    """Return the hash of a row at its place, 32 bytes: SHA-256 over a zero byte and its canonical JSON."""
    return leaf_hash(canonical(document(row, seq)))


def instant(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC, with six digits of the second."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
