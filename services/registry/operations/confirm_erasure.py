"""Confirm the erasure of a person, which a job then carries out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.kit.callers import Caller
from services.registry.domain.erasures import Erasure, ErasureState
from services.registry.operations.run_erasure import KIND
from services.registry.store import erasures, holds


async def confirm_erasure(session: AsyncSession, erasure_id: UUID, *, caller: Caller, at: datetime) -> Erasure:
    """Queue the job and return the erasure, confirmed.

    Args:
        session: The request's transaction.
        erasure_id: Which.
        caller: The second person.
        at: When.

    Raises:
        ErasureNotFoundError: There is none.
        ErasureClosedError: It is no longer a proposal.
        SecondPersonRequiredError: Who proposed does not confirm.
        HeldError: A legal hold stands.
        PersonNotFoundError: She is not there any more.
    """
    found = await erasures.find(session, erasure_id, lock=True)
    found.check_confirmable(caller.subject)
    await erasures.lock_person(session, found.person_id)
    await holds.require_none(session, found.person_id)
    arguments = {"erasure_id": str(erasure_id)}
    job = await jobs.enqueue(session, store="registry", kind=KIND, arguments=arguments, caller=caller)
    await erasures.change(
        session, erasure_id, ErasureState.CONFIRMED, confirmed_by=caller.subject, confirmed_at=at, job_id=job.id
    )
    return await erasures.find(session, erasure_id)
