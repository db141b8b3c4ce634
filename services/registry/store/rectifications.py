"""Rectifications as rows, and what the audit trail says about who has read a person."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.consents import Channel
from services.registry.domain.rectifications import (
    Access,
    Figures,
    Rectification,
    RectificationNotFoundError,
    RectificationState,
)
from services.registry.store.driver import driver
from services.registry.store.tables.rights import rectification as _table
from services.registry.store.walls import Places, Sight

MOST_ACCESSES = 10_000
_ACCESSES = text(
    "SELECT at, organisation, action, outcome, purpose"
    " FROM audit_accesses(CAST(:person AS text), NULL, NULL, CAST(:most AS integer))"
)
_FIGURES = """
    SELECT count(*) AS requests,
        count(*) FILTER (WHERE r.answered_on <= r.due_on) AS in_time,
        count(*) FILTER (WHERE r.answered_on > r.due_on) AS late,
        count(*) FILTER (WHERE r.state = 'open' AND r.due_on >= $3) AS open,
        count(*) FILTER (WHERE r.state = 'open' AND r.due_on < $3) AS overdue
    FROM rectification r JOIN person p ON p.id = r.person_id
    WHERE r.state <> 'withdrawn' AND r.received_on BETWEEN $1 AND $2 AND """


async def add(session: AsyncSession, values: Mapping[str, Any]) -> Rectification:
    """Store a request."""
    return _record((await session.execute(insert(_table).values(**values).returning(_table))).one())


async def find(
    session: AsyncSession, person_id: UUID, rectification_id: UUID, *, to_change: bool = False
) -> Rectification:
    """Return a request; `to_change` locks its row until the transaction ends.

    Raises:
        RectificationNotFoundError: The person has made no such request.
    """
    query = select(_table).where(_table.c.id == rectification_id, _table.c.person_id == person_id)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    if row is None:
        raise RectificationNotFoundError
    return _record(row)


async def page(session: AsyncSession, person_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Rectification]:
    """Return up to `limit` requests of a person, newest first, `before` the last one of the page before."""
    query = select(_table).where(_table.c.person_id == person_id).order_by(_table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_table.c.id < before)
    return [_record(row) for row in await session.execute(query)]


async def waiting(
    session: AsyncSession, sight: Sight, *, due_before: date | None, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Rectification]:
    """Return up to `limit` requests without an answer, the most urgent first.

    Args:
        session: The request's transaction.
        sight: Whose persons the caller sees.
        due_before: Those alone that were due before this day.
        after: Due day and id of the last one of the page before.
        limit: The most.
    """
    place = Places()
    wanted = ["r.state = 'open'", *sight.clauses("p", place)]
    if due_before is not None:
        wanted.append(f"r.due_on < {place(due_before)}")
    if after is not None:
        wanted.append(f"(r.due_on, r.id) > ({place(after[0])}, {place(after[1])})")
    rows = await (await driver(session)).fetch(
        f"SELECT r.id FROM rectification r JOIN person p ON p.id = r.person_id WHERE {' AND '.join(wanted)}"
        f" ORDER BY r.due_on, r.id LIMIT {place(limit)}",
        *place.arguments,
    )
    query = select(_table).where(_table.c.id.in_([row[0] for row in rows])).order_by(_table.c.due_on, _table.c.id)
    return [_record(row) for row in await session.execute(query)]


async def answer(session: AsyncSession, rectification_id: UUID, values: Mapping[str, Any]) -> Rectification:
    """Store the answer to a request."""
    statement = update(_table).where(_table.c.id == rectification_id).values(**values).returning(_table)
    return _record((await session.execute(statement)).one())


async def accesses(session: AsyncSession, pseudonym: str) -> Sequence[Access]:
    """Return who has used a person's data, the newest first, as the trail of this register has it.

    Args:
        session: The request's transaction.
        pseudonym: What the trail calls her.
    """
    rows = await session.execute(_ACCESSES, {"person": pseudonym, "most": MOST_ACCESSES})
    return [Access(row.at, row.organisation, row.action, row.outcome, row.purpose) for row in rows]


async def figures(session: AsyncSession, sight: Sight, *, since: date, until: date, today: date) -> Figures:
    """Count the requests of a period, both days included, among the persons whom the caller sees."""
    place = Places(since, until, today)
    statement = _FIGURES + " AND ".join(sight.clauses("p", place))
    [row] = await (await driver(session)).fetch(statement, *place.arguments)
    return Figures(*row)


def _record(row: Row[Any]) -> Rectification:
    return Rectification(
        id=row.id,
        person_id=row.person_id,
        number=row.number,
        state=RectificationState(row.state),
        fields=tuple(row.fields),
        said=row.said,
        wanted=row.wanted,
        channel=Channel(row.channel),
        documents=tuple(row.documents),
        received_on=row.received_on,
        due_on=row.due_on,
        recorded_at=row.recorded_at,
        organisation=row.organisation,
        change_request_id=row.change_request_id,
        answered_on=row.answered_on,
        answered_at=row.answered_at,
        answered_by=row.answered_by,
        reasons=row.reasons,
        recipients=None if row.recipients is None else tuple(row.recipients),
    )
