"""Make the file of an export, page by page; a worker that is killed begins it again."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from services.background.jobs import JobCancelledError, JobContext
from services.kit.audit import Pseudonyms
from services.registry.clients.row_files import PIECE, RowFile, row_file
from services.registry.domain.export_rows import columns_agreed, row_of
from services.registry.domain.import_files import Format
from services.registry.store import exports

PAGE = 500


@dataclass(frozen=True, slots=True)
class ExportTools:
    """What an export works with.

    Attributes:
        today: Civil date of the export: what holds on it is in the file.
        pseudonyms: The names that persons have in the trail.
    """

    today: date
    pseudonyms: Pseudonyms


async def run_export(context: JobContext, tools: ExportTools) -> Mapping[str, Any]:
    """Make the file of a job; return how many rows it has and where it lies.

    Raises:
        JobCancelledError: Somebody asked the job to stop; nothing of the file is left.
    """
    sessions = context.database.sessions
    async with sessions.begin() as session:
        run = await exports.find(session, context.job_id)
        await exports.drop_file(session, run.job_id)
        total = await exports.count(session, run)
    columns = columns_agreed(None if run.fields is None else frozenset(run.fields))
    file = row_file(Format(run.format), columns)
    rows, size, ready, after = 0, 0, bytearray(), exports.START
    try:
        while True:
            async with sessions.begin() as session:
                page = await exports.page(session, run, after=after, day=tools.today, size=PAGE)
                if not page:
                    break
                await exports.note_read(session, run, [person for person, _ in page], tools.pseudonyms)
                ready += await asyncio.to_thread(_written, file, page, columns)
                rows, after = rows + len(page), page[-1][0]
                if len(ready) >= PIECE:
                    await exports.add_chunk(session, run.job_id, size, bytes(ready))
                    size += len(ready)
                    ready.clear()
                await context.progress(session, done=min(rows, total), total=total)
        rest = file.end()
        while piece := await asyncio.to_thread(next, rest, b""):
            ready += piece
            async with sessions.begin() as session:
                await exports.add_chunk(session, run.job_id, size, bytes(ready))
                await context.progress(session, done=min(rows, total), total=total)
            size += len(ready)
            ready.clear()
        if ready:
            async with sessions.begin() as session:
                await exports.add_chunk(session, run.job_id, size, bytes(ready))
            size += len(ready)
    except JobCancelledError:
        async with sessions.begin() as session:
            await exports.drop_file(session, run.job_id)
        raise
    return {
        "format": run.format,
        "rows": rows,
        "bytes": size,
        "columns": list(columns),
        "file": f"/v1/exports/{run.job_id}/file",
        "expires_at": run.expires_at.isoformat(),
    }


def _written(file: RowFile, page: list[tuple[UUID, Mapping[str, Any]]], columns: tuple[str, ...]) -> bytes:
    return file.write([row_of(document, columns) for _, document in page])
