"""Confirm that what has been kept for too long is erased; a job then does it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.kit.callers import Caller
from services.registry.domain.erasures import ProposalState, RetentionProposal
from services.registry.operations.run_retention import KIND
from services.registry.store import retention


async def confirm_retention(
    session: AsyncSession, proposal_id: UUID, *, caller: Caller, at: datetime
) -> RetentionProposal:
    """Queue the job and return the proposal, confirmed.

    Args:
        session: The request's transaction.
        proposal_id: Which.
        caller: The second person; where her agreements open her own rows alone, only her organisation's proposals.
        at: When.

    Raises:
        ProposalNotFoundError: There is none.
        ProposalClosedError: It is no longer a proposal.
        SecondPersonRequiredError: Who proposed does not confirm.
    """
    found = await retention.find(session, proposal_id, rows_of=caller.rows_of("persons"), lock=True)
    found.check_confirmable(caller.subject)
    arguments = {"proposal_id": str(proposal_id)}
    job = await jobs.enqueue(session, store="registry", kind=KIND, arguments=arguments, caller=caller)
    await retention.change(
        session, proposal_id, ProposalState.CONFIRMED, confirmed_by=caller.subject, confirmed_at=at, job_id=job.id
    )
    return await retention.find(session, proposal_id)
