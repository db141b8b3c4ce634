"""All rows or none: whatever goes wrong, and whenever."""

from typing import Any

import pytest

from services.background import jobs
from services.background.jobs import JobCancelledError
from services.kit.database import Database
from services.registry.domain.papers import Identifier
from services.registry.domain.persons import Core, Intake
from services.registry.operations import run_import as module
from services.registry.operations.register_person import register_person
from services.registry.operations.run_import import run_import
from services.registry.store import bulk, imports
from tests.registry.builders import act, name, row
from tests.registry.imports import (
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


async def test_when_all_rows_pass_all_are_stored(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    rows = [row(), *simple_rows(20, start=50), row(), row(row_id="2", relation="CHILD", passport="", permit_number="")]
    job = await started(database, file_of(*rows), atomic=True)
    result = await resumed(database, job.id)
    assert (result["atomic"], result["rows"], result["stored"], result["unchanged"]) == (True, 23, 22, 1)
    assert (await counted(database))["person"] == (await counted(database))["change"] == 22
    assert (await counted(database))["household"] == 1
    assert await fetched(database, "SELECT 1 FROM import_chunk UNION ALL SELECT 1 FROM import_seen") == []
    async with database.sessions() as session:
        ended = await jobs.find(session, job.id)
    assert ended is not None
    assert ended.done == ended.total == 46
    assert (await run(database, file_of(*rows), atomic=True))["unchanged"] == 23


async def test_when_one_row_fails_none_is_stored(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    rows = [*simple_rows(20), row(row_id="bad", sex="Q"), {"row_id": "x", "given": "Awa", "passport": "A0000003"}]
    job = await started(database, file_of(*rows), atomic=True)
    result = await resumed(database, job.id)
    assert (result["mode"], result["rows"], result["accepted"], result["stored"], result["refused"]) == (
        "commit", 22, 20, 0, 2,
    )  # fmt: skip
    assert (await counted(database))["person"] == 0
    assert await findings(database, job.id) == [(21, "sex", "unknown-code"), (22, "passport", "identifier-in-use")]


async def test_warnings_are_told_once_and_stored_rows_keep_them(database: Database) -> None:
    job = await started(database, file_of(*simple_rows(2), row(row_id="warned", phone="12")), atomic=True)
    result = await resumed(database, job.id)
    assert (result["stored"], result["warnings"]) == (3, 1)
    assert await findings(database, job.id) == [(3, "phone", "phone-unusual")]


class KilledError(BaseException):
    """Stands for SIGKILL."""


@pytest.mark.parametrize("killed_at", range(1, 9))
async def test_a_run_that_is_killed_anywhere_ends_with_all_rows_once(
    database: Database, killed_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 7)
    job = await started(database, file_of(*simple_rows(20)), atomic=True)
    original, seen = imports.add_findings, 0

    async def add_findings(*arguments: Any) -> None:
        nonlocal seen
        seen += 1
        await original(*arguments)
        if seen == killed_at:
            raise KilledError

    monkeypatch.setattr(imports, "add_findings", add_findings)
    if killed_at <= 6:
        with pytest.raises(KilledError):
            await run_import(context(database, job.id), tools())
        assert (await counted(database))["person"] == 0
    monkeypatch.setattr(imports, "add_findings", original)
    assert (await resumed(database, job.id))["stored"] == 20
    assert (await counted(database))["person"] == (await counted(database))["source_record"] == 20


@pytest.mark.parametrize("copied", [1, 3])
async def test_a_number_taken_after_the_check_leaves_the_register_as_it_was(
    database: Database, copied: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    job = await started(database, file_of(*simple_rows(20)), atomic=True)
    original, batches = bulk.copy, 0

    async def copy(*arguments: Any) -> None:
        nonlocal batches
        batches += 1
        if batches == copied:
            async with database.sessions.begin() as other:
                intake = Intake(Core((name(),)), identifiers=(Identifier("PASSPORT", "A18", "A0000018"),))
                await register_person(other, intake, act())
        await original(*arguments)

    monkeypatch.setattr(bulk, "copy", copy)
    result = await resumed(database, job.id)
    assert (result["stored"], result["refused"]) == (0, 1)
    assert await findings(database, job.id) == [(18, "passport", "identifier-in-use")]
    assert (await counted(database))["person"] == 1


async def test_a_cancelled_run_stores_nothing(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BATCH", 5)
    job = await started(database, file_of(*simple_rows(20)), atomic=True)
    original, batches = bulk.copy, 0

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
    assert (await counted(database))["person"] == 0
    assert await fetched(database, "SELECT 1 FROM import_chunk") == []


async def test_a_file_too_long_for_one_transaction_is_refused_whole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_ATOMIC", 10)
    job = await started(database, file_of(*simple_rows(11)), atomic=True)
    result = await resumed(database, job.id)
    assert (result["stored"], result["refused"]) == (0, 1)
    assert await findings(database, job.id) == [(12, "", "too-long-for-atomic")]


async def test_a_register_that_never_rests_is_left_for_later(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = await started(database, file_of(*simple_rows(3)), atomic=True)

    async def copy(*_: Any) -> None:
        raise module._ChangedError

    monkeypatch.setattr(bulk, "copy", copy)
    with pytest.raises(ConnectionError):
        await run_import(context(database, job.id), tools())
    assert (await counted(database))["person"] == 0


async def test_a_validating_run_is_the_same_with_and_without_all_or_none(database: Database) -> None:
    result = await run(database, file_of(*simple_rows(3), row(sex="Q")), mode="validate", atomic=True)
    assert (result["accepted"], result["stored"], result["refused"]) == (3, 0, 1)
