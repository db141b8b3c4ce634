"""What an opposition or a withdrawn consent keeps from organisations; read together with the barriers."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import func, insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.store.tables.rights import sharing_stop as _table


class Cause(StrEnum):
    """What stops the sharing."""

    OPPOSITION = "opposition"
    CONSENT = "consent"


async def begin(
    session: AsyncSession,
    person_id: UUID,
    *,
    organisation: str | None,
    purposes: Sequence[str],
    cause: Cause,
    cause_id: UUID,
    at: datetime,
) -> None:
    """Stop sharing with an organisation, or with all of them, for some purposes."""
    await session.execute(
        insert(_table)
        .inline()
        .values(
            person_id=person_id,
            organisation=organisation,
            purposes=list(purposes),
            cause=cause.value,
            cause_id=cause_id,
            since=at,
        )
    )


async def end(session: AsyncSession, cause: Cause, cause_id: UUID, *, at: datetime) -> bool:
    """End what a cause has stopped; return whether it had stopped anything."""
    statement = (
        update(_table)
        .where(_table.c.cause == cause.value, _table.c.cause_id == cause_id, _table.c.ended_at.is_(None))
        .values(ended_at=at)
        .returning(_table.c.id)
    )
    return bool((await session.execute(statement)).all())


async def end_of_consents(
    session: AsyncSession, person_id: UUID, organisation: str | None, purpose: str, *, at: datetime
) -> bool:
    """End what withdrawn consents have stopped for one recipient and purpose; return whether there was anything."""
    statement = (
        update(_table)
        .where(
            _table.c.person_id == person_id,
            _table.c.cause == Cause.CONSENT.value,
            func.coalesce(_table.c.organisation, "") == (organisation or ""),
            _table.c.purposes == [purpose],
            _table.c.ended_at.is_(None),
        )
        .values(ended_at=at)
        .returning(_table.c.id)
    )
    return bool((await session.execute(statement)).all())
