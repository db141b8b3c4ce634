"""Imports: every row stored or reported, once, whatever happens in between."""

import asyncio
from functools import partial
from types import SimpleNamespace
from typing import Any

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.background.jobs import JobCancelledError, JobState
from services.kit.database import Database
from services.registry.domain.facts import facts_of
from services.registry.domain.import_rows import COLUMNS
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Core, Intake
from services.registry.operations import run_import as module
from services.registry.operations.register_person import register_person
from services.registry.operations.run_import import run_import
from services.registry.store import bulk, imports, loading
from services.registry.store.driver import driver
from tests.registry.builders import TODAY, act, name, row
from tests.registry.imports import (
    HASHER,
    context,
    counted,
    fetched,
    file_of,
    findings,
    resumed,
    run,
    simple_rows,
    started,
    tools,
)

NOTHING = {"stored": 0, "accepted": 0, "refused": 0, "unchanged": 0, "warnings": 0}


async def test_a_file_is_stored_with_everything_it_says(database: Database) -> None:
    result = await run(
        database, file_of(row(), row(row_id="2", relation="CHILD", passport="B7654321", permit_number=""))
    )
    assert {**NOTHING, "accepted": 2, "stored": 2, "rows": 2, "mode": "commit"}.items() <= result.items()
    assert await counted(database) == {
        "person": 2, "identifier": 3, "permit": 2, "legal_status": 2, "address": 2, "nationality": 2, "household": 1,
        "household_member": 2, "source_record": 2, "search_entry": 2, "change": 2,
    }  # fmt: skip
    source = await fetched(database, "SELECT row_id, operation, content->>'given' FROM source_record ORDER BY row_id")
    assert source == [("0000001", "import_persons", "Mamadou Aliou"), ("2", "import_persons", "Mamadou Aliou")]


async def test_the_feed_tells_the_facts_that_the_register_holds(database: Database) -> None:
    await run(database, file_of(row(), *simple_rows(20, start=100)))
    told = await fetched(database, "SELECT subject, kind, version, payload FROM change ORDER BY id")
    assert len(told) == 21
    async with database.sessions() as session:
        for subject, kind, version, payload in told:
            person = await loading.load(session, subject)
            assert (kind, version) == ("person.registered", 1)
            assert payload["facts"] == facts_of(person, hash_identifier=HASHER.hash, on=TODAY)


async def test_a_validating_run_stores_nothing_but_its_report(database: Database) -> None:
    before = await counted(database)
    job = await started(database, file_of(row(), row(sex="Q", row_id="2"), row(row_id="3")), mode="validate")
    result = await resumed(database, job.id)
    assert (result["accepted"], result["stored"], result["refused"]) == (1, 0, 2)
    assert await counted(database) == before
    assert await findings(database, job.id) == [
        (2, "sex", "unknown-code"),
        (3, "passport", "identifier-in-use"),
        (3, "permit_number", "identifier-in-use"),
        (3, "relation", "household-has-head"),
    ]
    assert await fetched(database, "SELECT 1 FROM import_seen UNION ALL SELECT 1 FROM import_chunk") == []


@pytest.mark.parametrize("mode", ["validate", "commit"])
async def test_validating_and_committing_find_the_same(
    database: Database, mode: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    rows = [
        *simple_rows(3),
        {"row_id": "0000002", "given": "Awa", "family": "Diallo", "passport": "A0000002", "birth": "1990"},
        {"row_id": "0000003", "given": "Changed"},
        {"row_id": "x1", "given": "Awa", "passport": "A-0000001"},
        {"row_id": "x2", "given": "Awa", "household": "H", "relation": "HEAD"},
        {"row_id": "x3", "given": "Awa", "household": "H", "relation": "CHILD"},
        {"row_id": "x4", "given": "Awa", "household": "H", "relation": "HEAD"},
        {"given": "Awa"},
    ]
    job = await started(database, file_of(*rows), mode=mode)
    result = await resumed(database, job.id)
    assert (result["accepted"], result["unchanged"], result["refused"], result["rows"]) == (5, 1, 4, 10)
    assert await findings(database, job.id) == [
        (5, "row_id", "row-changed"),
        (6, "passport", "identifier-in-use"),
        (9, "relation", "household-has-head"),
        (10, "row_id", "row-id-missing"),
    ]


async def test_the_same_file_again_changes_nothing(database: Database) -> None:
    content = file_of(row(), *simple_rows(30, start=50), row(row_id="2", sex="Q"))
    first = await run(database, content)
    before = await counted(database)
    second = await run(database, content)
    assert (first["stored"], first["refused"]) == (31, 1)
    assert (second["stored"], second["unchanged"], second["refused"]) == (0, 31, 1)
    assert await counted(database) == before


async def test_a_row_with_other_content_is_reported_and_another_dataset_is_another_numbering(
    database: Database,
) -> None:
    await run(database, file_of(row()))
    job = await started(database, file_of(row(given="Hawa")))
    assert (await resumed(database, job.id))["refused"] == 1
    assert await findings(database, job.id) == [(1, "row_id", "row-changed")]
    other = file_of(row(passport="", permit_number="", household="", relation=""))
    assert (await run(database, other, dataset="2026"))["stored"] == 1
    assert (await run(database, other, organisation="prefecture-fes"))["stored"] == 1


async def test_a_number_of_somebody_in_the_register_is_reported(database: Database) -> None:
    async with database.sessions.begin() as session:
        intake = Intake(Core((name(),)), identifiers=(Identifier("PASSPORT", "A1234567", "A1234567"),))
        await register_person(session, intake, act())
    job = await started(database, file_of(row(), *simple_rows(2, start=50)))
    assert (await resumed(database, job.id))["stored"] == 2
    assert await findings(database, job.id) == [(1, "passport", "identifier-in-use")]


@pytest.mark.parametrize("mode", ["validate", "commit"])
@pytest.mark.parametrize("broken_at", range(1, 5))
async def test_a_run_that_is_killed_goes_on_where_it_was(
    database: Database, mode: str, broken_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    content = file_of(*simple_rows(10), row(row_id="bad", sex="Q"), *simple_rows(15, start=11))
    job = await started(database, content, mode=mode)
    kill_after(monkeypatch, broken_at)
    with pytest.raises(KilledError):
        await run_import(context(database, job.id), tools())
    monkeypatch.undo()
    monkeypatch.setattr(module, "BATCH", 7)
    result = await resumed(database, job.id)
    stored = 25 if mode == "commit" else 0
    assert (result["rows"], result["accepted"], result["stored"], result["refused"]) == (26, 25, stored, 1)
    assert await findings(database, job.id) == [(11, "sex", "unknown-code")]
    assert (await counted(database))["person"] == (await counted(database))["change"] == stored


class KilledError(BaseException):
    """Stands for SIGKILL: no handler of the code under test may catch it."""


def kill_after(monkeypatch: pytest.MonkeyPatch, batches: int) -> None:
    """Break a run off in the middle of storing a batch."""
    original = imports.move
    seen = 0

    async def move(*arguments: Any, **options: Any) -> None:
        nonlocal seen
        seen += 1
        await original(*arguments, **options)
        if seen == batches + 1 or (seen == batches and batches == 4):
            raise KilledError

    monkeypatch.setattr(imports, "move", move)


async def test_a_cancelled_run_keeps_what_it_stored_and_forgets_the_file(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    job = await started(database, file_of(*simple_rows(20)))
    original = bulk.copy
    batches = 0

    async def copy(*arguments: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == 3:
            async with database.sessions.begin() as other:
                await jobs.request_cancel(other, job.id)
        await original(*arguments)

    monkeypatch.setattr(bulk, "copy", copy)
    with pytest.raises(JobCancelledError):
        await run_import(context(database, job.id), tools())
    assert (await counted(database))["person"] == 10
    assert await fetched(database, "SELECT 1 FROM import_chunk") == []


async def test_a_run_whose_connection_is_cut_is_tried_again_and_loses_nothing(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    job = await started(database, file_of(*simple_rows(20)))
    original = bulk.copy
    batches = 0

    async def copy(session: AsyncSession, *arguments: Any) -> None:
        nonlocal batches
        batches += 1
        await original(session, *arguments)
        if batches == 2:
            await (await driver(session)).execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(bulk, "copy", copy)
    with pytest.raises((OSError, SQLAlchemyError)):
        await run_import(context(database, job.id), tools())
    assert (await counted(database))["person"] == 5
    result = await resumed(database, job.id)
    assert (result["rows"], result["stored"]) == (20, 20)
    assert (await counted(database))["person"] == (await counted(database))["change"] == 20


async def test_a_number_taken_while_a_batch_is_stored_is_reported_not_lost(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    job = await started(database, file_of(*simple_rows(20)))
    original = bulk.copy
    taken = False

    async def copy(*arguments: Any) -> None:
        nonlocal taken
        if not taken:
            taken = True
            async with database.sessions.begin() as other:
                intake = Intake(Core((name(),)), identifiers=(Identifier("PASSPORT", "A3", "A0000003"),))
                await register_person(other, intake, act())
        await original(*arguments)

    monkeypatch.setattr(bulk, "copy", copy)
    result = await resumed(database, job.id)
    assert (result["stored"], result["refused"]) == (19, 1)
    assert await findings(database, job.id) == [(3, "passport", "identifier-in-use")]
    assert (await counted(database))["person"] == 20


async def test_two_imports_of_one_file_at_once_store_each_row_once(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 10)
    content = file_of(row(), *simple_rows(60, start=100))
    queued = [await started(database, content) for _ in range(2)]
    results = await asyncio.gather(*(resumed(database, job.id) for job in queued))
    assert sum(result["stored"] for result in results) == 61
    assert sum(result["unchanged"] for result in results) == 61
    assert (await counted(database))["person"] == 61


async def test_what_the_same_file_stores_between_two_looks_is_unchanged_and_not_anothers(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = file_of(*simple_rows(5))
    former, later = [await started(database, content) for _ in range(2)]
    looks = 0

    async def watched(session: AsyncSession) -> Any:
        connection = await driver(session)
        if looks:
            return connection
        return SimpleNamespace(fetch=partial(fetch, connection), fetchrow=connection.fetchrow)

    async def fetch(connection: asyncpg.Connection, *arguments: Any) -> Any:
        nonlocal looks
        looks += 1
        found = await connection.fetch(*arguments)
        if looks == 1:
            await resumed(database, former.id)
        return found

    monkeypatch.setattr(bulk, "driver", watched)
    result = await resumed(database, later.id)
    assert (result["stored"], result["unchanged"], result["refused"]) == (0, 5, 0)


async def test_households_are_shared_across_batches_and_runs(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 2)
    rows = [
        {"row_id": str(number), "given": "Awa", "household": f"H{number % 3}", "relation": "CHILD"}
        for number in range(1, 10)
    ]
    await run(database, file_of(*rows))
    await run(database, file_of({"row_id": "99", "given": "Awa", "household": "H1", "relation": "HEAD"}))
    members = await fetched(
        database,
        "SELECT h.key, count(*) FROM household h JOIN household_member m ON m.household_id = h.id"
        " GROUP BY h.key ORDER BY h.key",
    )
    assert members == [("H0", 3), ("H1", 4), ("H2", 3)]


async def test_broken_lines_spoil_no_other(database: Database) -> None:
    good = file_of(*simple_rows(2), columns=("row_id", "given", "family", "passport", "birth"))
    content = good + b'x1,"Awa\n\xff\xfe,Awa\n\n,,,,,,,,\nx2,' + b"a" * 200_000 + b"\nx3,Awa\nx4,Awa"
    job = await started(database, content)
    result = await resumed(database, job.id)
    assert (result["stored"], result["refused"], result["rows"]) == (4, 4, 8)
    assert await findings(database, job.id) == [
        (3, "", "row-malformed"),
        (4, "", "not-utf8"),
        (5, "", "too-many-columns"),
        (6, "", "row-too-long"),
    ]


async def test_a_header_alone_is_an_import_of_nothing(database: Database) -> None:
    assert {**NOTHING, "rows": 0}.items() <= (await run(database, b"row_id,given\n")).items()


@pytest.mark.parametrize(("rest", "stored"), [(b"", 0), (b"\n2,Awa\n3,Binta\n", 2)])
async def test_an_endless_line_is_passed_over_in_bounded_memory(database: Database, rest: bytes, stored: int) -> None:
    job = await started(database, b"row_id,given\n1," + b"a" * 3_000_000 + rest)
    result = await resumed(database, job.id)
    assert (result["refused"], result["stored"]) == (1, stored)
    assert await findings(database, job.id) == [(1, "", "row-too-long")]


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(
        st.dictionaries(
            st.sampled_from(COLUMNS), st.text(st.characters(codec="utf-8", exclude_characters='\n\r,";'), max_size=12)
        ),
        max_size=25,
    ),
    batch=st.integers(1, 6),
)
async def test_whatever_is_sent_every_row_is_stored_or_reported(
    database: Database, rows: list[dict[str, str]], batch: int
) -> None:
    numbered = [{**cells, "row_id": f"{batch}-{place}-{len(rows)}"} for place, cells in enumerate(rows)]
    kept, module.BATCH = module.BATCH, batch
    try:
        job = await started(database, file_of(*numbered, columns=COLUMNS))
        result = await resumed(database, job.id)
    finally:
        module.BATCH = kept
    reported = {number for number, _, _ in await findings(database, job.id)}
    assert result["rows"] == len(numbered) == result["stored"] + result["refused"] + result["unchanged"]
    assert len(reported) >= result["refused"]


async def test_a_run_whose_job_nobody_queued_is_not_there(database: Database) -> None:
    with pytest.raises(LookupError):
        await run_import(context(database, "registry-none"), tools())
    async with database.sessions() as session:
        assert await jobs.find(session, "registry-none") is None
    assert JobState.FAILED in jobs.ENDED
