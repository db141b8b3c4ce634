"""Start and run imports in tests, without a worker process."""

import io
import json
from collections.abc import AsyncIterator, Mapping
from datetime import date
from typing import Any

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from services.background import jobs, worker
from services.background.jobs import Job, JobContext
from services.kit import clock
from services.kit.callers import Caller
from services.kit.database import Database
from services.kit.keyed_hash import IdentifierHasher
from services.registry.api.receiving import receive
from services.registry.operations.prepare_import_batch import ImportTools
from services.registry.operations.run_import import run_import
from services.registry.operations.start_import import start_import
from services.registry.store import seeds
from services.registry.store.driver import driver
from tests.registry.builders import COLUMNS_OF_A_GOOD_ROW, NOW, ORGANISATION, TODAY
from tests.support.asgi import HASH_KEY

HASHER = IdentifierHasher(bytes.fromhex(HASH_KEY))
COLUMNS = tuple(COLUMNS_OF_A_GOOD_ROW)
TABLES = (
    "person", "identifier", "permit", "legal_status", "address", "nationality", "household", "household_member",
    "source_record", "search_entry", "change",
)  # fmt: skip


def tools(today: date = TODAY) -> ImportTools:
    """Return what an import works with."""
    return ImportTools(clock.now, today, HASHER, seeds.spellings())


def file_of(*rows: Mapping[str, str], columns: tuple[str, ...] = COLUMNS) -> bytes:
    """Return a CSV file of rows."""
    lines = [",".join(columns), *(",".join(row.get(column, "") for column in columns) for row in rows)]
    return ("\n".join(lines) + "\n").encode()


def lines_of(*rows: Mapping[str, Any]) -> bytes:
    """Return a file of JSON Lines."""
    return b"".join(json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows)


def workbook_of(*rows: Mapping[str, Any], columns: tuple[str, ...] = COLUMNS) -> bytes:
    """Return a workbook as spreadsheet programs write it: texts shared, days and numbers as such."""
    content = io.BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet, days = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, columns)
        for place, row in enumerate(rows, 1):
            for column, name in enumerate(columns):
                value = row.get(name, "")
                if isinstance(value, date):
                    sheet.write_datetime(place, column, value, days)
                elif isinstance(value, str):
                    sheet.write_string(place, column, value)
                else:
                    sheet.write(place, column, value)
    return content.getvalue()


def simple_rows(count: int, *, start: int = 1) -> list[dict[str, str]]:
    """Return rows without faults, each with a number of its own."""
    return [
        {"row_id": f"{number:07d}", "given": "Awa", "family": "Diallo", "passport": f"A{number:07d}", "birth": "1990"}
        for number in range(start, start + count)
    ]


async def _parts(content: bytes, size: int = 7_919) -> AsyncIterator[bytes]:
    for first in range(0, len(content), size):
        yield content[first : first + size]


async def started(
    database: Database,
    content: bytes,
    *,
    mode: str = "commit",
    dataset: str = "default",
    organisation: str = ORGANISATION,
    **options: Any,
) -> Job:
    """Queue an import."""
    caller = Caller("clerk-7", "test-client", organisation, frozenset({"imports:write"}))
    file = await receive(_parts(content))
    async with database.sessions.begin() as session:
        with file.content:
            return await start_import(session, file, mode=mode, dataset=dataset, caller=caller, at=NOW, **options)


async def run(database: Database, content: bytes, **options: Any) -> Mapping[str, Any]:
    """Run an import to its end and return its result."""
    job = await started(database, content, **options)
    return await resumed(database, job.id)


async def resumed(database: Database, job_id: str) -> Mapping[str, Any]:
    """Run a queued import as a worker does and return its result."""
    await worker.perform(database, job_id, lambda context: run_import(context, tools()), last_attempt=True)
    async with database.sessions() as session:
        job = await jobs.find(session, job_id)
    assert job is not None
    assert job.state is jobs.JobState.SUCCEEDED, job
    assert job.result is not None
    return job.result


def context(database: Database, job_id: str) -> JobContext:
    """Return the context of a job, for a run that a test breaks off."""
    return JobContext(database, job_id, {})


async def counted(database: Database) -> dict[str, int]:
    """Return how many rows each table of the register has."""
    async with database.sessions() as session:
        connection = await driver(session)
        return {table: await connection.fetchval(f"SELECT count(*) FROM {table}") for table in TABLES}


async def fetched(database: Database, statement: str, *arguments: Any) -> list[tuple[Any, ...]]:
    """Return the rows of a statement."""
    async with database.sessions() as session:
        return [tuple(row) for row in await (await driver(session)).fetch(statement, *arguments)]


async def findings(database: Database, job_id: str) -> list[tuple[int, str, str]]:
    """Return row, field and code of each finding."""
    rows = await fetched(
        database, "SELECT row, field, code FROM import_finding WHERE job_id = $1 ORDER BY row, position", job_id
    )
    return [(row[0], row[1], row[2]) for row in rows]
