"""Take in a file and queue its import."""

import asyncio
import tempfile
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.background.jobs import Job
from services.kit.callers import Caller
from services.registry.clients.workbooks import NotAWorkbookError, read_rows
from services.registry.domain.bulk_errors import WorkbookRefusedError
from services.registry.domain.errors import ImportEmptyError
from services.registry.domain.import_files import (
    LONGEST_LINE,
    OBJECTS,
    Format,
    Header,
    check_agreed,
    check_names,
    read_header,
    read_objects_start,
)
from services.registry.store import imports
from services.registry.store.bulk import OPERATION

STORE = "registry"
CHUNK = 1024 * 1024
_IN_MEMORY = 4 * 1024 * 1024


def _scratch() -> IO[bytes]:
    return tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # it outlives this function


@dataclass(slots=True)
class ReceivedFile:
    """A file as it was received: in memory while it is small, then in an unnamed file that goes with the process."""

    content: IO[bytes] = field(default_factory=_scratch)
    size: int = 0
    line_ends: int = 0
    last_byte: bytes = b""

    def add(self, part: bytes) -> None:
        """Take in the next part."""
        self.content.write(part)
        self.size += len(part)
        self.line_ends += part.count(b"\n")
        self.last_byte = part[-1:] or self.last_byte

    @property
    def rows(self) -> int:
        """How many rows it has at most: its lines but the header."""
        return max(0, self.line_ends - (self.last_byte == b"\n"))


async def start_import(
    session: AsyncSession,
    file: ReceivedFile,
    *,
    mode: str,
    dataset: str,
    caller: Caller,
    at: datetime,
    fields: frozenset[str] | None = None,
    file_format: Format = Format.CSV,
    atomic: bool = False,
) -> Job:
    """Store a file and queue its import, in one transaction: both are there or neither.

    Args:
        session: The request's transaction.
        file: As received.
        mode: `validate` writes nothing but the report; `commit` takes the rows in.
        dataset: Whose numbering `row_id` is.
        caller: Who sends it.
        at: The instant of the request.
        fields: Fields of a person that she may write; None for all.
        file_format: What the file is written in.
        atomic: Whether no row is to be stored unless all can be.

    Raises:
        ImportColumnsNotAgreedError: Its columns fill other fields.
        ImportEmptyError: The file has no header.
        ImportHeaderRefusedError: Its header names unknown, doubled or missing columns.
        WorkbookRefusedError: It is said to be a workbook, and is none.
    """
    file.content.seek(0)
    header = await _header(file, file_format, fields)
    check_agreed(header, fields)
    job = await jobs.enqueue(session, store=STORE, kind=OPERATION, arguments={"mode": mode}, caller=caller)
    run = imports.ImportRun(
        job_id=job.id,
        organisation=caller.organisation,
        received_by=caller.subject,
        dataset=dataset,
        mode=mode,
        received_at=at,
        size=file.size,
        lines=_lines(file, file_format),
        columns=header.columns,
        delimiter=header.delimiter,
        first_offset=header.size,
        next_offset=header.size,
        rows_read=0,
        counts=dict.fromkeys(imports.COUNTS, 0),
        format=file_format.value,
        atomic=atomic,
    )
    await imports.create(session, run)
    file.content.seek(0)
    first_byte = 0
    while chunk := file.content.read(CHUNK):
        await imports.add_chunk(session, job.id, first_byte, chunk)
        first_byte += len(chunk)
    return job


async def _header(file: ReceivedFile, file_format: Format, fields: frozenset[str] | None) -> Header:
    if file_format is Format.XLSX:
        return Header(check_names(await asyncio.to_thread(_first_row, file)), OBJECTS, 0)
    start = file.content.read(LONGEST_LINE)
    return read_objects_start(start, fields) if file_format is Format.JSONL else read_header(start)


def _first_row(file: ReceivedFile) -> list[str]:
    if not file.size:
        raise ImportEmptyError
    try:
        row = next(read_rows(file.content), None)
    except NotAWorkbookError:
        raise WorkbookRefusedError from None
    if row is None:
        raise ImportEmptyError
    return row


def _lines(file: ReceivedFile, file_format: Format) -> int:
    """Return how many rows there are at most; of a workbook that is not known before it is read."""
    if file_format is Format.XLSX:
        return 0
    return file.rows + (file_format is Format.JSONL)
