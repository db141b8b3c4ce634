"""Propose to erase a person."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.erasures import Erasure, ErasureReason
from services.registry.store import erasures, holds


async def propose_erasure(
    session: AsyncSession, person_id: UUID, *, reason: ErasureReason, organisation: str, by: str, at: datetime
) -> Erasure:
    """Store the proposal; nothing is erased before somebody else confirms it.

    Args:
        session: The request's transaction.
        person_id: Whom.
        reason: Why.
        organisation: Of the proposer.
        by: The proposer.
        at: When.

    Raises:
        PersonNotFoundError: There is no such person.
        HeldError: A legal hold stands.
        ErasurePendingError: There is a proposal for her already.
    """
    await erasures.lock_person(session, person_id)
    await holds.require_none(session, person_id)
    return await erasures.add(session, person_id, reason=reason, organisation=organisation, by=by, at=at)
