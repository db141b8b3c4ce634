"""Links between persons, as they are stored."""

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.relationships import Kind, Relationship, RelationshipNotFoundError
from services.registry.store.driver import driver
from services.registry.store.rows import days

_DAY = timedelta(days=1)
_COLUMNS = "id, person_id, other_id, kind, share, proven, lower(valid) AS first, upper(valid) AS past"


async def listed(
    session: AsyncSession, person_id: UUID, *, as_of: date | None = None, known_at: datetime | None = None
) -> list[Relationship]:
    """Return the links of a person, from both their ends, as they came.

    Args:
        session: The request's transaction.
        person_id: Whose.
        as_of: Only what was true on this day.
        known_at: As it was known at this instant.
    """
    rows = await (await driver(session)).fetch(
        f"SELECT {_COLUMNS} FROM relationship WHERE $1 IN (person_id, other_id) AND ($2::date IS NULL OR valid @> $2)"
        " AND CASE WHEN $3::timestamptz IS NULL THEN upper_inf(known) ELSE known @> $3 END"
        " ORDER BY lower(valid) NULLS FIRST, id",
        person_id,
        as_of,
        known_at,
    )
    return [_relationship(row) for row in rows]


async def load(session: AsyncSession, person_id: UUID, relationship_id: UUID) -> Relationship:
    """Return a link of a person.

    Raises:
        RelationshipNotFoundError: She has no such link that is still known.
    """
    row = await (await driver(session)).fetchrow(
        f"SELECT {_COLUMNS} FROM relationship WHERE id = $2 AND $1 IN (person_id, other_id) AND upper_inf(known)",
        person_id,
        relationship_id,
    )
    if row is None:
        raise RelationshipNotFoundError
    return _relationship(row)


async def custodies(session: AsyncSession, child_id: UUID) -> list[Relationship]:
    """Return who has custody of a child, on whatever days."""
    rows = await (await driver(session)).fetch(
        f"SELECT {_COLUMNS} FROM relationship WHERE other_id = $1 AND kind = 'CUSTODIAN' AND upper_inf(known)",
        child_id,
    )
    return [_relationship(row) for row in rows]


async def add(session: AsyncSession, new: Relationship, *, at: datetime, source_record_id: UUID) -> UUID:
    """Store a link that is known from now on, and return its id; the database refuses one that overlaps its like."""
    found: UUID = await (await driver(session)).fetchval(
        "INSERT INTO relationship (person_id, other_id, kind, share, proven, valid, known, source_record_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        new.person_id,
        new.other_id,
        new.kind.value,
        new.share,
        new.proven,
        days(new.valid),
        asyncpg.Range(at, None),
        source_record_id,
    )
    return found


async def close(session: AsyncSession, gone: Relationship, at: datetime) -> None:
    """End what is known of a link."""
    await (await driver(session)).execute(
        "UPDATE relationship SET known = tstzrange(lower(known), $2) WHERE id = $1", gone.id, at
    )


async def replace(session: AsyncSession, after: Relationship, *, at: datetime, source_record_id: UUID) -> None:
    """Store a row as corrected, under its id; what was known before is kept under another."""
    connection = await driver(session)
    await connection.execute(
        "INSERT INTO relationship"
        " (person_id, other_id, kind, share, proven, valid, known, source_record_id)"
        " SELECT person_id, other_id, kind, share, proven, valid, tstzrange(lower(known), $2), source_record_id"
        " FROM relationship WHERE id = $1",
        after.id,
        at,
    )
    await connection.execute(
        "UPDATE relationship SET share = $2, proven = $3, valid = $4, known = $5, source_record_id = $6 WHERE id = $1",
        after.id,
        after.share,
        after.proven,
        days(after.valid),
        asyncpg.Range(at, None),
        source_record_id,
    )


def _relationship(row: asyncpg.Record) -> Relationship:
    past: date | None = row["past"]
    return Relationship(
        row["person_id"],
        row["other_id"],
        Kind(row["kind"]),
        Period(row["first"], past - _DAY if past else None),
        row["share"],
        row["proven"],
        row["id"],
    )
