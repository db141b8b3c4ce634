"""Exports: ask for a file of persons, fetch it."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from fastapi.responses import StreamingResponse

from services.background import job_routes, jobs
from services.background.job_routes import JobBody
from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import Database, ReadSession, WriteSession
from services.kit.routes import Router, documented
from services.registry.api.bulk_problems import EXPORT_UNFINISHED
from services.registry.clients.row_files import MEDIA_TYPES
from services.registry.domain.bulk_errors import ExportNotFoundError, ExportUnfinishedError
from services.registry.domain.import_files import Format
from services.registry.operations.start_export import start_export
from services.registry.store import exports as store

router = Router(tags=["exports"])
_WHOLE: dict[str, Any] = {"x-sharing": {"whole": True}}
"""What is not agreed never comes into the file: its columns are cut when it is made."""


@router.get(
    "/v1/persons/export",
    operation_id="export_persons",
    status_code=202,
    response_model=JobBody,
    openapi_extra=_WHOLE,
)
async def export_persons(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: WriteSession,
    at: Now,
    written: Annotated[Format, Query(alias="format", description="What the file is written in")] = Format.CSV,
) -> JobBody:
    """Export the persons open to the caller as a job, in the columns that imports read.

    A row says what holds on the day; its `row_id` is the programme number. Fields that are not agreed are left out,
    and persons that are withheld. Watch `Location`; when the job has succeeded, `result.file` names the file.
    """
    job = await start_export(session, caller=caller, file_format=written, request_id=request.state.request_id, at=at)
    response.headers["location"] = f"/v1/jobs/{job.id}"
    return job_routes.body_of(job)


@router.get(
    "/v1/exports/{job_id}/file",
    operation_id="read_export_file",
    openapi_extra=_WHOLE,
    response_class=StreamingResponse,
    responses={
        200: {
            "description": "The file",
            "content": {
                media_type.partition(";")[0]: {"schema": {"type": "string"}} for media_type in MEDIA_TYPES.values()
            },
        },
        **documented(EXPORT_UNFINISHED),
    },
)
async def read_export_file(
    *,
    request: Request,
    job_id: Annotated[str, Path(pattern=r"^registry-[0-9a-f-]{36}$", description="Id of the export's job")],
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    at: Now,
) -> StreamingResponse:
    """Return the file of an export, to the one who asked for it and until it expires."""
    run = await store.find(session, job_id)
    hers = (run.organisation, run.subject, run.client_id, run.purpose, run.acting_for)
    asks = (caller.organisation, caller.subject, caller.client_id, caller.purpose, caller.acting_for)
    if hers != asks or at >= run.expires_at:
        raise ExportNotFoundError
    job = await jobs.find(session, job_id)
    if job is None or job.state is not jobs.JobState.SUCCEEDED:
        raise ExportUnfinishedError
    return StreamingResponse(
        _content(request.app.state.database, job_id),
        media_type=MEDIA_TYPES[Format(run.format)],
        headers={
            "content-disposition": f'attachment; filename="{job_id}.{run.format}"',
            "cache-control": "no-store",
        },
    )


async def _content(database: Database, job_id: str) -> AsyncIterator[bytes]:
    async with database.sessions() as session:
        async for piece in store.chunks(session, job_id):
            yield piece
