"""`/v1/jobs/{id}`: the service whose job it is answers; the gateway itself where it is its own."""

from typing import Annotated

from fastapi import Path, Request, Response

from services.background import job_routes
from services.gateway.events.operations.start_replay import STORE
from services.gateway.ports import Spoken, answer_of
from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.problems import Problem
from services.kit.routes import Router

JobId = Annotated[str, Path(pattern=r"^[a-z]+-[0-9a-f-]{36}$", description="Id that the 202 answer gave")]
SERVICES = {"registry": "registry", "coverage": "health", "training": "training"}
"""Which service holds which store's jobs."""

_OWN = f"{STORE}-"
_COMPOSED = {"x-composed-from": {"service": "registry", "path": "/v1/jobs/{job_id}"}}
router = Router(tags=["jobs"])


@router.get("/v1/jobs/{job_id}", operation_id="read_job", openapi_extra=_COMPOSED, response_model=None)
async def read_job(
    job_id: JobId,
    request: Request,
    caller: Annotated[Caller, requires(personal=False)],
    services: Spoken,
    session: ReadSession,
) -> Response | job_routes.JobBody:
    """Return how far a job is, and its result when it has ended."""
    if job_id.startswith(_OWN):
        return await job_routes.read_job(job_id, caller, session)
    return await _dispatch("GET", job_id, request, caller, services)


@router.delete("/v1/jobs/{job_id}", operation_id="cancel_job", openapi_extra=_COMPOSED, response_model=None)
async def cancel_job(
    job_id: JobId,
    request: Request,
    caller: Annotated[Caller, requires(personal=False)],
    services: Spoken,
    session: WriteSession,
) -> Response | job_routes.JobBody:
    """Ask a job to stop after its present batch; what it has committed stays."""
    if job_id.startswith(_OWN):
        return await job_routes.cancel_job(job_id, caller, session)
    return await _dispatch("DELETE", job_id, request, caller, services)


async def _dispatch(method: str, job_id: str, request: Request, caller: Caller, services: Spoken) -> Response:
    service = SERVICES.get(job_id.partition("-")[0])
    if service is None:
        raise Problem(problems.NOT_FOUND)
    language = request.headers.get("accept-language")
    reply = await services.ask(
        service,
        method,
        f"/v1/jobs/{job_id}",
        caller=caller,
        scopes=caller.scopes,
        request_id=request.state.request_id,
        headers={"accept-language": language} if language else None,
    )
    return answer_of(reply)
