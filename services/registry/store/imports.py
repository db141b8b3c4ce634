"""Imports as they stand: the run, the file's bytes, the findings."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.background.jobs import ENDED
from services.registry.domain.errors import ImportNotFoundError
from services.registry.domain.findings import Finding
from services.registry.domain.import_batches import ReadRow
from services.registry.domain.import_files import Header
from services.registry.store.driver import driver

COMMIT, VALIDATE = "commit", "validate"
COUNTS = ("accepted", "stored", "unchanged", "refused", "warnings")


@dataclass(frozen=True, slots=True)
class ImportRun:
    """One import.

    Attributes:
        dataset: Whose numbering `row_id` is; with the organisation it makes a row's name unique.
        mode: `validate` or `commit`.
        size: Bytes of the file as it came; the lines made of a workbook come after them.
        lines: Lines below the header: how many rows there are at most.
        next_offset: The first byte that is not settled yet.
        rows_read: Rows settled.
        counts: What became of them.
        format: What the file came in: csv, jsonl, xlsx.
        atomic: Whether no row is stored unless all can be.
        checked: Whether all rows of an atomic run were found good.
    """

    job_id: str
    organisation: str
    received_by: str
    dataset: str
    mode: str
    received_at: datetime
    size: int
    lines: int
    columns: Sequence[str]
    delimiter: str
    first_offset: int
    next_offset: int
    rows_read: int
    counts: Mapping[str, int]
    format: str = "csv"
    atomic: bool = False
    checked: bool = False

    @property
    def header(self) -> Header:
        """The file's header."""
        return Header(tuple(self.columns), self.delimiter, self.first_offset)


_COLUMNS = tuple(ImportRun.__dataclass_fields__)
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM import_run WHERE job_id = $1"


async def create(session: AsyncSession, run: ImportRun) -> None:
    """Store a new run."""
    values = [getattr(run, name) for name in _COLUMNS]
    values[_COLUMNS.index("columns")] = list(run.columns)
    values[_COLUMNS.index("counts")] = orjson.dumps(run.counts).decode()
    places = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))
    statement = f"INSERT INTO import_run ({', '.join(_COLUMNS)}) VALUES ({places})"
    await (await driver(session)).execute(statement, *values)


async def add_chunk(session: AsyncSession, job_id: str, first_byte: int, content: bytes) -> None:
    """Store a piece of the file."""
    await (await driver(session)).execute(
        "INSERT INTO import_chunk (job_id, first_byte, content) VALUES ($1, $2, $3)", job_id, first_byte, content
    )


async def find(session: AsyncSession, job_id: str) -> ImportRun:
    """Return a run.

    Raises:
        ImportNotFoundError: There is none.
    """
    row = await (await driver(session)).fetchrow(_SELECT, job_id)
    if row is None:
        raise ImportNotFoundError
    return ImportRun(**dict(row))


async def chunk_at(session: AsyncSession, job_id: str, offset: int) -> bytes:
    """Return the file's bytes from an offset to the end of the piece that holds it; empty at the file's end."""
    row = await (await driver(session)).fetchrow(
        "SELECT first_byte, content FROM import_chunk WHERE job_id = $1 AND first_byte <= $2"
        " ORDER BY first_byte DESC LIMIT 1",
        job_id,
        offset,
    )
    return b"" if row is None else bytes(row[1][offset - row[0] :])


async def start_over(session: AsyncSession, run: ImportRun) -> ImportRun:
    """Forget what a run has found that stores no row, or none yet: it begins anew."""
    connection = await driver(session)
    await connection.execute("DELETE FROM import_finding WHERE job_id = $1", run.job_id)
    await connection.execute("DELETE FROM import_seen WHERE job_id = $1", run.job_id)
    await move(session, run, next_offset=run.first_offset, rows_read=0, counts=dict.fromkeys(COUNTS, 0))
    return await find(session, run.job_id)


async def put_lines(session: AsyncSession, run: ImportRun, lines: int) -> ImportRun:
    """Let the lines that were put behind a workbook take its place."""
    connection = await driver(session)
    await connection.execute("DELETE FROM import_chunk WHERE job_id = $1 AND first_byte < $2", run.job_id, run.size)
    await connection.execute(
        "UPDATE import_run SET first_offset = size, next_offset = size, lines = $2 WHERE job_id = $1", run.job_id, lines
    )
    return await find(session, run.job_id)


async def drop_lines(session: AsyncSession, run: ImportRun) -> None:
    """Delete the lines that a broken run has put behind a workbook."""
    await (await driver(session)).execute(
        "DELETE FROM import_chunk WHERE job_id = $1 AND first_byte >= $2", run.job_id, run.size
    )


async def mark_checked(session: AsyncSession, run: ImportRun, *, checked: bool) -> None:
    """Note whether all rows of an atomic run were found good."""
    await (await driver(session)).execute("UPDATE import_run SET checked = $2 WHERE job_id = $1", run.job_id, checked)


async def move(
    session: AsyncSession, run: ImportRun, *, next_offset: int, rows_read: int, counts: Mapping[str, int]
) -> None:
    """Store how far a run has come, in the transaction of the batch that brought it there."""
    await (await driver(session)).execute(
        "UPDATE import_run SET next_offset = $2, rows_read = $3, counts = $4 WHERE job_id = $1",
        run.job_id,
        next_offset,
        rows_read,
        orjson.dumps(counts).decode(),
    )


async def add_findings(session: AsyncSession, job_id: str, findings: Iterable[tuple[ReadRow, Finding]]) -> None:
    """Store findings in the order of the file."""
    places: dict[int, int] = {}
    records: list[tuple[Any, ...]] = []
    for row, finding in findings:
        place = places.get(row.number, 0)
        places[row.number] = place + 1
        records.append((job_id, row.number, place, row.row_id, finding.field, finding.code, finding.severity.value))
    if records:
        await (await driver(session)).copy_records_to_table(
            "import_finding",
            records=records,
            columns=["job_id", "row", "position", "row_id", "field", "code", "severity"],
        )


async def drop_file(session: AsyncSession, job_id: str) -> None:
    """Delete the file of a run that has ended: its rows are persons or findings now."""
    connection = await driver(session)
    await connection.execute("DELETE FROM import_chunk WHERE job_id = $1", job_id)
    await connection.execute("DELETE FROM import_seen WHERE job_id = $1", job_id)


async def drop_files_of_ended(session: AsyncSession) -> None:
    """Delete what failed runs left."""
    ended = "(SELECT id FROM job WHERE state = ANY($1))"
    connection = await driver(session)
    for table in ("import_chunk", "import_seen"):
        await connection.execute(f"DELETE FROM {table} WHERE job_id IN {ended}", [state.value for state in ENDED])


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One finding of a run."""

    row: int
    position: int
    row_id: str
    field: str
    code: str
    severity: str


async def report(session: AsyncSession, job_id: str, *, page: int) -> AsyncIterator[list[ReportLine]]:
    """Yield a run's findings, in the order of the file, page by page."""
    connection = await driver(session)
    after = (0, -1)
    while True:
        rows = await connection.fetch(
            "SELECT row, position, row_id, field, code, severity FROM import_finding"
            " WHERE job_id = $1 AND (row, position) > ($2, $3) ORDER BY row, position LIMIT $4",
            job_id,
            *after,
            page,
        )
        if not rows:
            return
        yield [ReportLine(*row) for row in rows]
        after = (rows[-1][0], rows[-1][1])
