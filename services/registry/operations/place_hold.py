"""Order a person's data to be kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.erasures import Hold, HoldReason
from services.registry.store import erasures, holds


async def place_hold(  # whom, why, and who says so
    session: AsyncSession,
    person_id: UUID,
    *,
    reason: HoldReason,
    reference: str | None,
    organisation: str,
    by: str,
    at: datetime,
) -> Hold:
    """Store the hold; an erasure that is proposed or confirmed and has not been carried out is withdrawn by it.

    Args:
        session: The request's transaction.
        person_id: Whose data.
        reason: Why.
        reference: Number of the order.
        organisation: Who places it.
        by: The person who does.
        at: When.

    Raises:
        PersonNotFoundError: There is no such person.
    """
    await erasures.lock_person(session, person_id)
    await erasures.withdraw_live(session, person_id)
    return await holds.add(
        session, person_id, reason=reason, reference=reference, organisation=organisation, by=by, at=at
    )
