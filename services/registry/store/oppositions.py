"""Oppositions as rows: SQL in, records out."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.consents import Channel
from services.registry.domain.oppositions import Opposition, OppositionNotFoundError, OppositionState
from services.registry.store.tables.rights import opposition as _table


async def add(session: AsyncSession, values: Mapping[str, Any]) -> Opposition:
    """Store an opposition."""
    return _record((await session.execute(insert(_table).values(**values).returning(_table))).one())


async def find(session: AsyncSession, person_id: UUID, opposition_id: UUID, *, to_change: bool = False) -> Opposition:
    """Return an opposition; `to_change` locks its row until the transaction ends.

    Raises:
        OppositionNotFoundError: The person has made no such opposition.
    """
    query = select(_table).where(_table.c.id == opposition_id, _table.c.person_id == person_id)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    if row is None:
        raise OppositionNotFoundError
    return _record(row)


async def page(session: AsyncSession, person_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Opposition]:
    """Return up to `limit` oppositions of a person, newest first, `before` the last one of the page before."""
    query = select(_table).where(_table.c.person_id == person_id).order_by(_table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_table.c.id < before)
    return [_record(row) for row in await session.execute(query)]


async def change(session: AsyncSession, opposition_id: UUID, values: Mapping[str, Any]) -> Opposition:
    """Store what became of an opposition."""
    statement = update(_table).where(_table.c.id == opposition_id).values(**values).returning(_table)
    return _record((await session.execute(statement)).one())


def _record(row: Row[Any]) -> Opposition:
    return Opposition(
        id=row.id,
        person_id=row.person_id,
        number=row.number,
        state=OppositionState(row.state),
        recipient=row.recipient,
        purposes=None if row.purposes is None else tuple(row.purposes),
        stopped=tuple(row.stopped),
        statutory=tuple(row.statutory),
        grounds=row.grounds,
        channel=Channel(row.channel),
        received_on=row.received_on,
        due_on=row.due_on,
        documents=tuple(row.documents),
        recorded_at=row.recorded_at,
        organisation=row.organisation,
        assessed_at=row.assessed_at,
        assessed_by=row.assessed_by,
        reasons=row.reasons,
        ended_at=row.ended_at,
        end_reason=row.end_reason,
    )
