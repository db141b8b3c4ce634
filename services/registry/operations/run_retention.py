"""Erase those who are still due under a confirmed retention proposal."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.background.jobs import JobContext
from services.registry.clients.blobs import Blobs
from services.registry.domain.erasures import ProposalState
from services.registry.operations.run_erasure import run_erasure
from services.registry.store import retention

KIND = "erase_due"
_AT_ONCE = 100


async def run_retention(context: JobContext, blobs: Blobs, now: Callable[[], datetime]) -> Mapping[str, Any]:
    """Erase one after the other, each as if two people had asked for her; return how many.

    Whom is asked again, batch by batch: who has been heard of since the proposal, or is held, stays. Killed in
    between, it goes on with those whom it had begun with.

    Args:
        context: The job.
        blobs: Where contents and ledger lie.
        now: The clock.
    """
    proposal_id = UUID(context.arguments["proposal_id"])
    while True:
        async with context.database.sessions.begin() as session:
            proposal = await retention.find(session, proposal_id)
            waiting = await retention.unfinished(session, context.job_id)
            if not waiting:
                waiting = await retention.confirm_some(session, proposal, limit=_AT_ONCE)
        if not waiting:
            break
        for erasure_id in waiting:
            await run_erasure(context, blobs, now, erasure_id=erasure_id)
        async with context.database.sessions.begin() as session:
            erased = await retention.done(session, context.job_id)
            await context.progress(session, done=erased, total=max(erased, proposal.due))
    async with context.database.sessions.begin() as session:
        erased = await retention.done(session, context.job_id)
        await retention.change(session, proposal_id, ProposalState.DONE)
        await context.progress(session, done=erased, total=erased)
    return {"state": ProposalState.DONE.value, "erased": erased}
