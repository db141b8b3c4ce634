"""Every version of a person and every row ever known of her."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.errors import PersonNotFoundError
from services.registry.domain.history import Part, Version
from services.registry.store.driver import driver

_VERSIONS = """
SELECT v.version, v.at, s.operation, s.organisation, v.document::text, s.received_by,
    CASE WHEN jsonb_typeof(s.content) = 'object' THEN s.content ->> 'reason' END
FROM (
    SELECT version, lower(known) AS at, document FROM person_past WHERE person_id = $1
    UNION ALL SELECT version, recorded_at, to_jsonb(person) FROM person WHERE id = $1
) v
JOIN source_record s ON s.person_id = $1 AND s.version = v.version
ORDER BY v.version
"""
_PARTS = {
    "identifiers": ("identifier", ("system", "value", "issuer", "issued_on", "expires_on")),
    "nationalities": ("nationality", ("code", "confirmed")),
    "permits": ("permit", ("type", "number", "mention", "end_reason")),
    "legal_statuses": ("legal_status", ("code",)),
    "addresses": ("address", ("region", "unit", "commune", "line")),
    "household": ("household_member", ("household_id", "role")),
}


def _part(kind: str) -> str:
    table, columns = _PARTS[kind]
    pairs = [f"'{name}', {name}" for name in columns]
    key = "id" if table == "household_member" else "coalesce(first_id, id)"
    if table != "identifier":
        pairs += ["'valid_from', lower(valid)", "'valid_to', upper(valid) - 1"]
    return (
        f"SELECT '{kind}' AS kind, json_build_object({', '.join(pairs)})::text AS value, lower(known) AS known_from,"
        f" upper(known) AS known_to, {key} AS key, id FROM {table} WHERE person_id = $1"
    )


_EVERY_PART = " UNION ALL ".join(_part(kind) for kind in _PARTS) + " ORDER BY known_from, kind, id"


async def versions(session: AsyncSession, person_id: UUID) -> tuple[list[Version], list[Part]]:
    """Return a person's versions in ascending order, and every row ever known of her.

    Raises:
        PersonNotFoundError: There is no such person.
    """
    connection = await driver(session)
    rows = await connection.fetch(_VERSIONS, person_id)
    if not rows:
        raise PersonNotFoundError
    parts = await connection.fetch(_EVERY_PART, person_id)
    return (
        [
            Version(number, at, operation, organisation, _json(text), *who)
            for number, at, operation, organisation, text, *who in rows
        ],
        [Part(kind, _json(value), since, until, key) for kind, value, since, until, key, _ in parts],
    )


def _json(text: str) -> Mapping[str, Any]:
    document: Mapping[str, Any] = orjson.loads(text)
    return document
