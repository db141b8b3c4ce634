"""Households and who belongs to them, as they are stored."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.kit.withholding import Viewer
from services.registry.domain.errors import PersonNotFoundError
from services.registry.domain.households import Household, HouseholdNotFoundError, Member
from services.registry.domain.persons import Role, next_instant
from services.registry.store.driver import driver
from services.registry.store.rows import days
from services.registry.store.walls import Places, Sight

_DAY = timedelta(days=1)
_COLUMNS = "id, organisation, version, created_at, dissolved_on, dissolution"
_OF_NOBODY = ""
"""The dataset of households that come from no file."""

_BARRED = """
SELECT EXISTS (
    SELECT 1 FROM household_member m JOIN barrier b ON b.protected_id = m.person_id AND b.lifted_at IS NULL
    LEFT JOIN representative r ON r.person_id = b.from_id AND upper_inf(r.known)
        AND (upper(r.valid) IS NULL OR upper(r.valid) > $2::date)
    WHERE m.household_id = $1 AND upper_inf(m.known) AND m.valid @> $2::date
    AND (b.from_id = $3::uuid OR r.representative_id = $3::uuid
        OR (r.representative_id IS NULL AND r.id IS NOT NULL
            AND coalesce(r.organisation, $4) = $4 AND coalesce(r.subject, $5) = $5
            AND NOT (r.subject IS NULL AND r.organisation = b.organisation)))
    AND NOT EXISTS (
        SELECT 1 FROM household_member his WHERE his.household_id = $1 AND his.person_id = b.from_id
        AND upper_inf(his.known) AND his.valid @> $2::date)
)
"""
"""Whether somebody lives there who is protected from the one whom the caller acts for, and who does not live there."""


@dataclass(frozen=True, slots=True)
class Held:
    """Persons whose rows are held until the transaction ends.

    Attributes:
        at: The instant of what is written about them: later than every version of theirs.
        records: Id of the source record that is to be written about each.
    """

    at: datetime
    records: Mapping[UUID, UUID]


async def hold(session: AsyncSession, person_ids: Iterable[UUID], at: datetime) -> Held:
    """Hold the rows of persons, in one order everywhere: two writers wait for each other and never in a circle.

    Raises:
        PersonNotFoundError: One of them is nobody.
    """
    asked = set(person_ids)
    rows = await (await driver(session)).fetch(
        "SELECT id, recorded_at FROM person WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE", sorted(asked)
    )
    if len(rows) != len(asked):
        raise PersonNotFoundError
    drawn = await (await driver(session)).fetch("SELECT uuidv7() FROM generate_series(1, $1::int)", len(rows))
    instant = at
    for _, recorded_at in rows:
        instant = next_instant(recorded_at, instant)
    return Held(instant, {row[0]: record[0] for row, record in zip(rows, drawn, strict=True)})


async def create(session: AsyncSession, organisation: str, at: datetime) -> UUID:
    """Store a household without members and return its id."""
    found: UUID = await (await driver(session)).fetchval(
        "WITH drawn AS (SELECT uuidv7() AS id) INSERT INTO household (id, organisation, dataset, key, created_at)"
        " SELECT id, $1, $2, id::text, $3 FROM drawn RETURNING id",
        organisation,
        _OF_NOBODY,
        at,
    )
    return found


async def load(session: AsyncSession, household_id: UUID, known_at: datetime | None = None) -> Household:
    """Return a household.

    Raises:
        HouseholdNotFoundError: There is none, or none was known then.
    """
    return await _load(session, household_id, known_at)


async def load_for_change(session: AsyncSession, household_id: UUID) -> Household:
    """Return a household and hold it.

    Raises:
        HouseholdNotFoundError: There is none.
    """
    return await _load(session, household_id, None, " FOR UPDATE")


async def _load(session: AsyncSession, household_id: UUID, known_at: datetime | None, held: str = "") -> Household:
    row = await (await driver(session)).fetchrow(
        f"SELECT {_COLUMNS}, dissolved_at FROM household WHERE id = $1"
        f" AND ($2::timestamptz IS NULL OR created_at <= $2){held}",
        household_id,
        known_at,
    )
    if row is None:
        raise HouseholdNotFoundError
    told = row["dissolved_at"] is not None and (known_at is None or row["dissolved_at"] <= known_at)
    return Household(
        row["id"],
        row["organisation"],
        row["version"],
        row["created_at"],
        row["dissolved_on"] if told else None,
        row["dissolution"] if told else None,
    )


async def members(
    session: AsyncSession, household_id: UUID, *, as_of: date | None = None, known_at: datetime | None = None
) -> list[Member]:
    """Return who belongs to a household, head first, then as they came.

    Args:
        session: The request's transaction.
        household_id: Which.
        as_of: Only who belonged to it on this day.
        known_at: As it was known at this instant.
    """
    rows = await (await driver(session)).fetch(
        "SELECT m.id, m.person_id, m.role, lower(m.valid) AS first, upper(m.valid) AS past FROM household_member m"
        " WHERE m.household_id = $1 AND ($2::date IS NULL OR m.valid @> $2)"
        " AND CASE WHEN $3::timestamptz IS NULL THEN upper_inf(m.known) ELSE m.known @> $3 END"
        " ORDER BY (m.role <> 'HEAD'), lower(m.valid) NULLS FIRST, m.person_id",
        household_id,
        as_of,
        known_at,
    )
    return [_member(row) for row in rows]


async def elsewhere(
    session: AsyncSession, person_ids: Collection[UUID], household_id: UUID, on: date
) -> list[tuple[UUID, Member]]:
    """Return the other households that persons belong to on a day, each with the membership."""
    rows = await (await driver(session)).fetch(
        "SELECT m.household_id, m.id, m.person_id, m.role, lower(m.valid) AS first, upper(m.valid) AS past"
        " FROM household_member m WHERE m.person_id = ANY($1::uuid[]) AND m.household_id <> $2"
        " AND upper_inf(m.known) AND m.valid @> $3::date ORDER BY m.id",
        list(person_ids),
        household_id,
        on,
    )
    return [(row["household_id"], _member(row)) for row in rows]


async def close(session: AsyncSession, gone: Iterable[Member], at: datetime) -> None:
    """End what is known of memberships."""
    await (await driver(session)).execute(
        "UPDATE household_member SET known = tstzrange(lower(known), $2) WHERE id = ANY($1::uuid[])",
        [member.id for member in gone],
        at,
    )


async def write(session: AsyncSession, household_id: UUID, new: Sequence[Member], held: Held) -> None:
    """Store memberships that are known from now on."""
    await (await driver(session)).executemany(
        "INSERT INTO household_member (household_id, person_id, role, valid, known, source_record_id)"
        " VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (
                household_id,
                member.person_id,
                member.role.value,
                days(member.valid),
                asyncpg.Range(held.at, None),
                held.records[member.person_id],
            )
            for member in new
        ],
    )


async def touch(session: AsyncSession, household_id: UUID) -> int:
    """Raise a household's version and return it."""
    version: int = await (await driver(session)).fetchval(
        "UPDATE household SET version = version + 1 WHERE id = $1 RETURNING version", household_id
    )
    return version


async def dissolve(session: AsyncSession, household_id: UUID, on: date, at: datetime, reason: str | None) -> None:
    """Store a household's last day, and that it is known from now on."""
    await (await driver(session)).execute(
        "UPDATE household SET dissolved_on = $2, dissolved_at = $3, dissolution = $4 WHERE id = $1",
        household_id,
        on,
        at,
        reason,
    )


async def barred(session: AsyncSession, household_id: UUID, viewer: Viewer, on: date) -> bool:
    """Say whether a household is closed as a whole to who asks: somebody there is protected from her side."""
    acting_for = None if viewer.acting_for is None else UUID(viewer.acting_for)
    found = await (await driver(session)).fetchval(
        _BARRED, household_id, on, acting_for, viewer.organisation, viewer.subject
    )
    return bool(found)


async def visible(session: AsyncSession, person_ids: Collection[UUID], sight: Sight) -> frozenset[UUID]:
    """Return those of the persons whom a caller may know of; the others are nobody to her."""
    place = Places(list(person_ids))
    wanted = " AND ".join(["p.id = ANY($1::uuid[])", *sight.clauses("p", place)])
    rows = await (await driver(session)).fetch(f"SELECT p.id FROM person p WHERE {wanted}", *place.arguments)
    return frozenset(row[0] for row in rows)


def _member(row: asyncpg.Record) -> Member:
    past: date | None = row["past"]
    return Member(row["person_id"], Role(row["role"]), Period(row["first"], past - _DAY if past else None), row["id"])
