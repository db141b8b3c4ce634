"""Who acts for whom, as it is stored."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.representatives import Capacity, Representative, RepresentativeNotFoundError
from services.registry.store.driver import driver
from services.registry.store.rows import days

_DAY = timedelta(days=1)
_COLUMNS = (
    "id, person_id, representative_id, organisation, subject, capacity, lower(valid) AS first, upper(valid) AS past"
)
_BY_CALLER = """
SELECT EXISTS (
    SELECT 1 FROM representative r WHERE r.person_id = ANY($1::uuid[]) AND upper_inf(r.known)
    AND (upper(r.valid) IS NULL OR upper(r.valid) > $4::date) AND r.representative_id IS NULL
    AND coalesce(r.organisation, $2) = $2 AND coalesce(r.subject, $3) = $3
)
"""


async def listed(
    session: AsyncSession, person_id: UUID, *, as_of: date | None = None, known_at: datetime | None = None
) -> list[Representative]:
    """Return who acts for a person, as they came.

    Args:
        session: The request's transaction.
        person_id: For whom.
        as_of: Only who did so on this day.
        known_at: As it was known at this instant.
    """
    rows = await (await driver(session)).fetch(
        f"SELECT {_COLUMNS} FROM representative r WHERE person_id = $1 AND ($2::date IS NULL OR valid @> $2)"
        " AND CASE WHEN $3::timestamptz IS NULL THEN upper_inf(known) ELSE known @> $3 END"
        " ORDER BY lower(valid) NULLS FIRST, id",
        person_id,
        as_of,
        known_at,
    )
    return [_representative(row) for row in rows]


async def load(session: AsyncSession, person_id: UUID, representative_row_id: UUID) -> Representative:
    """Return who acts for a person, by the id of the row.

    Raises:
        RepresentativeNotFoundError: There is no such row that is still known.
    """
    row = await (await driver(session)).fetchrow(
        f"SELECT {_COLUMNS} FROM representative r WHERE person_id = $1 AND id = $2 AND upper_inf(known)",
        person_id,
        representative_row_id,
    )
    if row is None:
        raise RepresentativeNotFoundError
    return _representative(row)


async def act_for(
    session: AsyncSession, person_ids: Collection[UUID], organisation: str, subject: str, on: date
) -> bool:
    """Say whether a caller acts for one of the persons, herself or through her organisation."""
    found = await (await driver(session)).fetchval(_BY_CALLER, list(person_ids), organisation, subject, on)
    return bool(found)


async def represented_by(session: AsyncSession, person_id: UUID, on: date) -> list[UUID]:
    """Return for whom a person acts, from a day on."""
    rows = await (await driver(session)).fetch(
        "SELECT DISTINCT person_id FROM representative WHERE representative_id = $1 AND upper_inf(known)"
        " AND (upper(valid) IS NULL OR upper(valid) > $2::date)",
        person_id,
        on,
    )
    return [row[0] for row in rows]


async def add(session: AsyncSession, new: Representative, *, at: datetime, source_record_id: UUID) -> UUID:
    """Store who acts for a person from now on, and return the row's id."""
    found: UUID = await (await driver(session)).fetchval(
        "INSERT INTO representative"
        " (person_id, representative_id, organisation, subject, capacity, valid, known, source_record_id)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id",
        new.person_id,
        *new.who,
        new.capacity.value,
        days(new.valid),
        asyncpg.Range(at, None),
        source_record_id,
    )
    return found


async def close(session: AsyncSession, gone: Representative, at: datetime) -> None:
    """End what is known of who acts for a person."""
    await (await driver(session)).execute(
        "UPDATE representative SET known = tstzrange(lower(known), $2) WHERE id = $1", gone.id, at
    )


async def replace(session: AsyncSession, after: Representative, *, at: datetime, source_record_id: UUID) -> None:
    """Store a row as corrected, under its id; what was known before is kept under another."""
    connection = await driver(session)
    await connection.execute(
        "INSERT INTO representative"
        " (person_id, representative_id, organisation, subject, capacity, valid, known, source_record_id)"
        " SELECT person_id, representative_id, organisation, subject, capacity, valid, tstzrange(lower(known), $2),"
        " source_record_id FROM representative WHERE id = $1",
        after.id,
        at,
    )
    await connection.execute(
        "UPDATE representative SET valid = $2, known = $3, source_record_id = $4 WHERE id = $1",
        after.id,
        days(after.valid),
        asyncpg.Range(at, None),
        source_record_id,
    )


def _representative(row: asyncpg.Record) -> Representative:
    past: date | None = row["past"]
    return Representative(
        row["person_id"],
        Capacity(row["capacity"]),
        row["representative_id"],
        row["organisation"],
        row["subject"],
        Period(row["first"], past - _DAY if past else None),
        row["id"],
    )
