"""Write the rows of a workbook as lines, which every import reads.

The lines are put behind the workbook's own bytes, piece by piece, and take their place when all are there: a worker
that is killed in between begins again.
"""

import asyncio
import json
import tempfile
from collections.abc import Iterator
from typing import IO

from services.background.jobs import JobContext
from services.registry.clients.workbooks import NotAWorkbookError, read_rows
from services.registry.domain.import_files import BROKEN_OFF, Format
from services.registry.store import imports
from services.registry.store.imports import ImportRun

PIECE = 1024 * 1024


async def transcribe_workbook(context: JobContext, run: ImportRun) -> ImportRun:
    """Return the run with lines in the place of its workbook; as it is when there is nothing to do.

    Raises:
        JobCancelledError: Somebody asked the job to stop.
    """
    if run.format != Format.XLSX or run.first_offset:
        return run
    sessions = context.database.sessions
    with tempfile.TemporaryFile() as file:
        offset = 0
        async with sessions.begin() as session:
            await imports.drop_lines(session, run)
            while piece := await imports.chunk_at(session, run.job_id, offset):
                file.write(piece)
                offset += len(piece)
        file.seek(0)
        pieces = _pieces(file, run)
        offset, lines = run.size, 0
        while piece := await asyncio.to_thread(next, pieces, b""):
            async with sessions.begin() as session:
                await imports.add_chunk(session, run.job_id, offset, piece)
                await context.progress(session, done=0, total=None)
            offset += len(piece)
            lines += piece.count(b"\n")
    async with sessions.begin() as session:
        return await imports.put_lines(session, run, lines)


def _pieces(file: IO[bytes], run: ImportRun) -> Iterator[bytes]:
    piece = bytearray()
    for line in _lines(file, run):
        piece += line
        if len(piece) >= PIECE:
            yield bytes(piece)
            piece.clear()
    yield bytes(piece)


def _lines(file: IO[bytes], run: ImportRun) -> Iterator[bytes]:
    """Yield a line for each row but the first; where the workbook cannot be read on, a line that says so."""
    columns = run.columns
    rows = read_rows(file)
    try:
        next(rows)
        for row in rows:
            cells = {columns[place] if place < len(columns) else "": text for place, text in enumerate(row) if text}
            yield json.dumps(cells, ensure_ascii=True, separators=(",", ":")).encode() + b"\n"
    except NotAWorkbookError:
        yield BROKEN_OFF
