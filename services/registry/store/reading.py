"""Read what is stored as JSON text, ready to be sent."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import audit
from services.registry.domain.errors import PaperNotFoundError, PersonNotFoundError
from services.registry.store.documents import DATED, part_statement, parts_statement, person_statement
from services.registry.store.driver import driver
from services.registry.store.walls import Places, Sight, unguarded


@dataclass(frozen=True, slots=True)
class Stored:
    """JSON text and the version of the person it was read from."""

    body: str
    version: int


_FOUND = "EXISTS (SELECT 1 FROM found)"
_OWN = " AND p.organisation = $12"


def _audited(of: str, *, refused: bool) -> str:
    """Return the statement that reads a person and writes the audit row of it.

    Args:
        of: Further conditions on `p`, from $12.
        refused: Whether the row is written also where there is no such person.
    """
    row = f"SELECT $3, CASE WHEN {_FOUND} THEN $4 ELSE $11 END, $5, $6, $7, $8, $9::text[], $10"
    return f"""
        WITH found AS MATERIALIZED ({person_statement(as_of=False, known_at=False)}{of}),
        trail AS (
            INSERT INTO audit_record ({", ".join(audit.COLUMNS)})
            {row}{"" if refused else f" WHERE {_FOUND}"}
        )
        SELECT body, version FROM found"""


AUDITED = _audited(f" AND {unguarded('p.id')}", refused=False)
_AUDITED_OWN = _audited(f"{_OWN} AND {unguarded('p.id')}", refused=False)


async def person_audited(
    pool: asyncpg.Pool, person_id: UUID, today: date, audit_values: Sequence[Any], *, refused: str, sight: Sight
) -> Stored | None:
    """Read a person and write the audit row of it in one statement; None when there is no such person.

    Around nearly everybody there is no wall: one statement reads her. Whom that one does not find is looked for once
    more, by a statement that works out what is kept from whom; who is nobody costs both.

    Args:
        pool: For reading; each statement is a transaction of its own.
        person_id: Whom.
        today: The day on which address and household are read.
        audit_values: The audit row, in the order of its columns.
        refused: The row's outcome when there is no such person.
        sight: Who looks, and whose persons alone may be read.
    """
    asked = (person_id, today, *audit_values, refused)
    if sight.viewer.acting_for is None:
        own = () if sight.organisation is None else (sight.organisation,)
        row = await pool.fetchrow(_AUDITED_OWN if own else AUDITED, *asked, *own)
        if row is not None:
            return Stored(row[0], row[1])
    place = Places(*asked)
    wall = "".join(f" AND {clause}" for clause in sight.clauses("p", place))
    row = await pool.fetchrow(_audited(wall, refused=True), *place.arguments)
    return None if row is None else Stored(row[0], row[1])


async def person(
    session: AsyncSession, person_id: UUID, *, today: date, as_of: date | None = None, known_at: datetime | None = None
) -> Stored:
    """Read a person.

    Args:
        session: The request's transaction.
        person_id: Whom.
        today: The day on which address and household are read, unless `as_of` is given.
        as_of: Leave out what was not true on this day.
        known_at: Read everything as it was known at this instant.

    Raises:
        PersonNotFoundError: There is none, or none was known then.
    """
    statement = person_statement(as_of=as_of is not None, known_at=known_at is not None)
    arguments: list[Any] = [person_id, as_of or today]
    if known_at is not None:
        arguments.append(known_at)
    return await _one(session, statement, arguments)


async def parts(
    session: AsyncSession,
    table: str,
    person_id: UUID,
    *,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> Stored:
    """Read a person's identifiers, permits, statuses or addresses as a JSON array.

    Raises:
        PersonNotFoundError: There is no such person, or none was known then.
    """
    statement = parts_statement(table, as_of=as_of is not None, known_at=known_at is not None)
    arguments: list[Any] = [person_id]
    if as_of is not None and table in DATED:
        arguments.append(as_of)
    if known_at is not None:
        arguments.append(known_at)
    return await _one(session, statement, arguments)


async def part(
    session: AsyncSession, table: str, person_id: UUID, part_id: UUID, *, known_at: datetime | None = None
) -> Stored:
    """Read one part of a person as JSON, as it is known or as it was known at an instant.

    Raises:
        PaperNotFoundError: She has no such part.
    """
    row = await (await driver(session)).fetchrow(
        part_statement(table, known_at=known_at is not None), person_id, part_id, *([known_at] if known_at else [])
    )
    if row is None:
        raise PaperNotFoundError
    return Stored(row[0], row[1])


async def _one(session: AsyncSession, statement: str, arguments: Sequence[Any]) -> Stored:
    row = await (await driver(session)).fetchrow(statement, *arguments)
    if row is None:
        raise PersonNotFoundError
    return Stored(row[0], row[1])
