"""Queue an export: what it may hold is settled now, by the agreements as they stand."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.background.jobs import Job
from services.kit.callers import Caller
from services.registry.domain.import_files import Format
from services.registry.operations.start_import import STORE
from services.registry.store import exports

KEPT_FOR = timedelta(hours=2)
"""How long a file stays: what is withheld or erased afterwards must not linger in it."""


async def start_export(
    session: AsyncSession, *, caller: Caller, file_format: Format, request_id: str, at: datetime
) -> Job:
    """Queue the job and store what its file may hold, in one transaction.

    Args:
        session: The request's transaction.
        caller: Who asks; persons that are withheld from her are left out, and fields that she may not see.
        file_format: What the file is written in.
        request_id: The trail names every page of the file by it.
        at: The instant of the request.
    """
    job = await jobs.enqueue(
        session, store=STORE, kind=exports.OPERATION, arguments={"format": file_format.value}, caller=caller
    )
    share = caller.share_of("persons")
    fields = None if share is None or share.fields is None else sorted(share.fields)
    run = exports.ExportRun(
        job_id=job.id,
        organisation=caller.organisation,
        subject=caller.subject,
        client_id=caller.client_id,
        purpose=caller.purpose,
        acting_for=caller.acting_for,
        request_id=request_id,
        rows_of=caller.rows_of("persons"),
        fields=fields,
        format=file_format.value,
        asked_at=at,
        expires_at=at + KEPT_FOR,
    )
    await exports.create(session, run)
    return job
