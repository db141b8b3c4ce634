"""Legal holds."""

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.erasures import HeldError, Hold, HoldNotFoundError, HoldReason
from services.registry.store.tables.erasure import legal_hold

_COLUMNS = [legal_hold.c[field.name] for field in fields(Hold)]


async def require_none(session: AsyncSession, person_id: UUID) -> None:
    """See that nothing holds a person's data.

    Raises:
        HeldError: A hold stands.
    """
    standing = exists().where(legal_hold.c.person_id == person_id, legal_hold.c.lifted_at.is_(None))
    if await session.scalar(select(standing)):
        raise HeldError


async def add(  # the columns of a row
    session: AsyncSession,
    person_id: UUID,
    *,
    reason: HoldReason,
    reference: str | None,
    organisation: str,
    by: str,
    at: datetime,
) -> Hold:
    """Store a hold."""
    values = {
        "person_id": person_id,
        "reason": reason.value,
        "reference": reference,
        "organisation": organisation,
        "placed_by": by,
        "placed_at": at,
    }
    return _record((await session.execute(insert(legal_hold).values(values).returning(*_COLUMNS))).one())


async def of_person(session: AsyncSession, person_id: UUID, *, after: UUID | None, limit: int) -> Sequence[Hold]:
    """Return a person's holds, lifted ones too, the oldest first."""
    wanted = select(*_COLUMNS).where(legal_hold.c.person_id == person_id)
    if after is not None:
        wanted = wanted.where(legal_hold.c.id > after)
    return [_record(row) for row in await session.execute(wanted.order_by(legal_hold.c.id).limit(limit))]


async def find_and_lock(session: AsyncSession, person_id: UUID, hold_id: UUID) -> Hold:
    """Return a hold that nobody else changes before this transaction ends.

    Raises:
        HoldNotFoundError: The person has none of this id.
    """
    wanted = select(*_COLUMNS).where(legal_hold.c.person_id == person_id, legal_hold.c.id == hold_id)
    row = (await session.execute(wanted.with_for_update())).one_or_none()
    if row is None:
        raise HoldNotFoundError
    return _record(row)


async def lift(session: AsyncSession, hold_id: UUID, *, by: str, at: datetime) -> None:
    """Lift a hold."""
    await session.execute(update(legal_hold).where(legal_hold.c.id == hold_id).values(lifted_by=by, lifted_at=at))


def _record(row: Any) -> Hold:
    said = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    return Hold(**{**said, "reason": HoldReason(said["reason"])})
