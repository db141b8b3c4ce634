"""Withdraw the proposal to erase a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.erasures import Erasure, ErasureClosedError, ErasureState
from services.registry.store import erasures


async def withdraw_erasure(session: AsyncSession, erasure_id: UUID) -> Erasure:
    """Return the erasure, withdrawn; what is confirmed can be stopped by a hold alone.

    Raises:
        ErasureNotFoundError: There is none.
        ErasureClosedError: It is no longer a proposal.
    """
    found = await erasures.find(session, erasure_id, lock=True)
    if found.state is not ErasureState.PROPOSED:
        raise ErasureClosedError
    await erasures.change(session, erasure_id, ErasureState.WITHDRAWN)
    return await erasures.find(session, erasure_id)
