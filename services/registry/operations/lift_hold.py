"""Lift an order to keep a person's data."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.erasures import Hold
from services.registry.store import holds


async def lift_hold(session: AsyncSession, person_id: UUID, hold_id: UUID, *, by: str, at: datetime) -> Hold:
    """Return the hold, lifted.

    Args:
        session: The request's transaction.
        person_id: Whose.
        hold_id: Which.
        by: Somebody else than who placed it.
        at: When.

    Raises:
        HoldNotFoundError: There is none, or it is lifted.
        SecondPersonRequiredError: Who placed it does not lift it.
    """
    found = await holds.find_and_lock(session, person_id, hold_id)
    found.check_liftable(by)
    await holds.lift(session, hold_id, by=by, at=at)
    return await holds.find_and_lock(session, person_id, hold_id)
