"""Put a change that makes rights grow before a second person."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval, Proposal
from services.gateway.access.domain.errors import AlreadyProposedError
from services.gateway.access.store import approvals


async def propose_change(session: AsyncSession, proposal: Proposal, *, by: Actor, at: datetime) -> Approval:
    """Store a proposal; nothing is granted until somebody else approves it.

    Args:
        session: The transaction.
        proposal: What is to happen.
        by: Who proposes it.
        at: The instant of the proposal.

    Raises:
        AlreadyProposedError: One of its kind is open for the same target.
    """
    made = await approvals.add(session, proposal, by=by, at=at)
    if made is None:
        raise AlreadyProposedError
    return made
