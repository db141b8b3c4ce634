"""The same rows as CSV, as JSON Lines and as a workbook are the same import."""

import io
import zipfile
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from services.background import jobs
from services.background.jobs import JobCancelledError
from services.kit.database import Database
from services.registry.domain.bulk_errors import WorkbookRefusedError
from services.registry.domain.errors import ImportColumnsNotAgreedError, ImportEmptyError, ImportHeaderRefusedError
from services.registry.domain.import_files import Format
from services.registry.operations import transcribe_workbook as module
from services.registry.operations.run_import import run_import
from services.registry.store import imports
from tests.registry.builders import row
from tests.registry.imports import (
    context,
    counted,
    fetched,
    file_of,
    findings,
    lines_of,
    resumed,
    run,
    simple_rows,
    started,
    tools,
    workbook_of,
)

WRITERS: dict[Format, Callable[..., bytes]] = {
    Format.CSV: file_of,
    Format.JSONL: lines_of,
    Format.XLSX: workbook_of,
}
OTHERS = [Format.JSONL, Format.XLSX]


@pytest.mark.parametrize("first", Format)
async def test_the_same_rows_in_any_format_are_the_same_rows(database: Database, first: Format) -> None:
    rows = [
        row(),
        *simple_rows(20, start=50),
        row(row_id="bad", sex="Q", passport="", permit_number="", relation="CHILD"),
    ]
    result = await run(database, WRITERS[first](*rows), file_format=first)
    assert (result["rows"], result["stored"], result["refused"]) == (22, 21, 1)
    before = await counted(database)
    for other in Format:
        job = await started(database, WRITERS[other](*rows), file_format=other)
        again = await resumed(database, job.id)
        assert (again["rows"], again["stored"], again["unchanged"], again["refused"]) == (22, 0, 21, 1)
        assert await findings(database, job.id) == [(22, "sex", "unknown-code")]
    assert await counted(database) == before


async def test_days_and_numbers_of_a_workbook_are_read_as_they_show(database: Database) -> None:
    rows = [
        {"row_id": 17, "given": "Awa", "birth": date(1990, 5, 12), "family": 3.5},
        {},
        {"row_id": "b", "birth": 1988},
    ]
    job = await started(
        database, workbook_of(*rows, columns=("row_id", "given", "birth", "family")), file_format=Format.XLSX
    )
    result = await resumed(database, job.id)
    assert (result["rows"], result["stored"]) == (2, 1)
    assert await fetched(database, "SELECT row_id, content->>'birth', content->>'family' FROM source_record") == [
        ("17", "1990-05-12", "3.5")
    ]
    assert await findings(database, job.id) == [(2, "given", "name-missing")]


async def test_cells_beyond_the_header_are_reported(database: Database) -> None:
    content = workbook_of({"row_id": "1", "given": "Awa", "x": "?"}, columns=("row_id", "given", "x"))
    with pytest.raises(ImportHeaderRefusedError):
        await started(database, content, file_format=Format.XLSX)
    rows = [{"row_id": "1", "given": "Awa", "": "?"}, {"row_id": "2", "given": "Awa"}]
    job = await started(database, workbook_of(*rows, columns=("row_id", "given", "")), file_format=Format.XLSX)
    assert (await resumed(database, job.id))["stored"] == 1
    assert await findings(database, job.id) == [(1, "", "unknown-column")]


@pytest.mark.parametrize("content", [b"row_id,given\n1,Awa\n", b"PK\x03\x04garbage", b""])
async def test_what_is_no_workbook_is_refused(database: Database, content: bytes) -> None:
    with pytest.raises((WorkbookRefusedError, ImportEmptyError)):
        await started(database, content, file_format=Format.XLSX)


async def test_a_workbook_without_a_row_is_empty(database: Database) -> None:
    with pytest.raises(ImportEmptyError):
        await started(database, workbook_of(columns=()), file_format=Format.XLSX)


@pytest.mark.parametrize("file_format", [Format.CSV, Format.XLSX])
async def test_columns_outside_the_agreement_are_refused_before_a_row_is_read(
    database: Database, file_format: Format
) -> None:
    content = WRITERS[file_format](row())
    with pytest.raises(ImportColumnsNotAgreedError):
        await started(database, content, file_format=file_format, fields=frozenset({"names"}))


async def test_objects_that_name_what_is_not_agreed_are_reported_row_by_row(database: Database) -> None:
    content = lines_of({"row_id": "1", "given": "Awa"}, {"row_id": "2", "given": "Awa", "phone": "0612345678"})
    job = await started(database, content, file_format=Format.JSONL, fields=frozenset({"names"}))
    assert (await resumed(database, job.id))["stored"] == 1
    assert await findings(database, job.id) == [(2, "", "field-not-agreed")]


class KilledError(BaseException):
    """Stands for SIGKILL."""


async def test_a_workbook_whose_reader_is_killed_is_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PIECE", 500)
    job = await started(database, workbook_of(*simple_rows(40)), file_format=Format.XLSX)
    original, written = imports.add_chunk, 0

    async def add_chunk(*arguments: Any) -> None:
        nonlocal written
        written += 1
        if written == 3:
            raise KilledError
        await original(*arguments)

    monkeypatch.setattr(imports, "add_chunk", add_chunk)
    with pytest.raises(KilledError):
        await run_import(context(database, job.id), tools())
    monkeypatch.undo()
    assert (await resumed(database, job.id))["stored"] == 40
    assert await fetched(database, "SELECT 1 FROM import_chunk") == []


async def test_a_workbook_that_breaks_off_says_where(database: Database) -> None:
    content = broken(workbook_of(*simple_rows(3)), b"</sheetData>", b"<row><c></row>")
    job = await started(database, content, file_format=Format.XLSX)
    result = await resumed(database, job.id)
    assert (result["rows"], result["stored"], result["refused"]) == (4, 3, 1)
    assert await findings(database, job.id) == [(4, "", "workbook-broken-off")]


def broken(content: bytes, old: bytes, new: bytes) -> bytes:
    """Return a workbook with a piece of its sheet replaced."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as package, zipfile.ZipFile(made, "w") as out:
        for name in package.namelist():
            part = package.read(name)
            out.writestr(name, part.replace(old, new) if name.endswith("sheet1.xml") else part)
    return made.getvalue()


async def test_a_workbook_import_is_cancelled_while_it_is_read(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await started(database, workbook_of(*simple_rows(5)), file_format=Format.XLSX)
    async with database.sessions.begin() as session:
        await jobs.request_cancel(session, job.id)
    with pytest.raises(JobCancelledError):
        await run_import(context(database, job.id), tools())
    assert (await counted(database))["person"] == 0
    assert await fetched(database, "SELECT 1 FROM import_chunk") == []
