"""Withdraw a proposal to erase what has been kept for too long."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.erasures import ProposalClosedError, ProposalState, RetentionProposal
from services.registry.store import retention


async def withdraw_retention(session: AsyncSession, proposal_id: UUID, *, rows_of: str | None) -> RetentionProposal:
    """Return the proposal, withdrawn.

    Args:
        session: The request's transaction.
        proposal_id: Which.
        rows_of: Whose proposals alone; None for everybody's.

    Raises:
        ProposalNotFoundError: There is none.
        ProposalClosedError: It is no longer a proposal.
    """
    found = await retention.find(session, proposal_id, rows_of=rows_of, lock=True)
    if found.state is not ProposalState.PROPOSED:
        raise ProposalClosedError
    await retention.change(session, proposal_id, ProposalState.WITHDRAWN)
    return await retention.find(session, proposal_id)
