"""A service's own routes for its jobs; the gateway finds the service by the prefix of the job's id."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path

from services.background import jobs
from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.fields import StrictModel
from services.kit.problems import Problem
from services.kit.routes import Router

JobId = Annotated[str, Path(pattern=r"^[a-z]+-[0-9a-f-]{36}$", description="Id that the 202 answer gave")]


class JobBody(StrictModel):
    """A job as a partner sees it.

    Attributes:
        progress: Per cent finished, 0 to 100; null until the amount of work is known.
        result: What the job found, once it has succeeded.
    """

    id: str
    kind: str
    state: jobs.JobState
    done: int
    total: int | None
    progress: float | None
    result: dict[str, Any] | None
    error_code: str | None
    cancel_requested: bool
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


router = Router(tags=["jobs"])


@router.get("/v1/jobs/{job_id}", operation_id="read_job", openapi_extra={"x-internal": True})
async def read_job(job_id: JobId, caller: Annotated[Caller, requires(personal=False)], session: ReadSession) -> JobBody:
    """Return how far a job is, and its result when it has ended."""
    return body_of(await _own_job(session, job_id, caller))


@router.delete("/v1/jobs/{job_id}", operation_id="cancel_job", openapi_extra={"x-internal": True})
async def cancel_job(
    job_id: JobId, caller: Annotated[Caller, requires(personal=False)], session: WriteSession
) -> JobBody:
    """Ask a job to stop after its present batch; what it has committed stays."""
    await _own_job(session, job_id, caller)
    await jobs.request_cancel(session, job_id)
    return body_of(await _own_job(session, job_id, caller))


def body_of(job: jobs.Job) -> JobBody:
    """Return a job's wire shape."""
    progress = None if job.total is None else round(100 * job.done / job.total, 1) if job.total else 100.0
    return JobBody(
        id=job.id,
        kind=job.kind,
        state=job.state,
        done=job.done,
        total=job.total,
        progress=progress,
        result=None if job.result is None else dict(job.result),
        error_code=job.error_code,
        cancel_requested=job.cancel_requested,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
    )


async def _own_job(session: Any, job_id: str, caller: Caller) -> jobs.Job:
    job = await jobs.find(session, job_id)
    if job is None or job.organisation != caller.organisation:
        raise Problem(problems.NOT_FOUND)
    return job
