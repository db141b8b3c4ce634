"""The worker process: jobs end well or are told to have failed, and no death of a worker loses or doubles a batch."""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import psycopg
import pytest
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import OperationalError

from services.background import jobs, worker
from services.background.jobs import Job, JobContext, JobState, TaskFunction
from services.background.worker import Background, WorkerEndedError, perform
from services.kit import idempotency
from services.kit.database import Database
from services.stack.stores import Store
from tests.kit import waiting
from tests.kit.counting import ask, count, counted, find, prepare

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch, notes_store: Store) -> None:
    """Short waits, so that a test need not sit through a worker's patience; and a place to count in."""
    for name, seconds in {
        "HEARTBEAT_S": 0.3,
        "STALLED_AFTER_S": 1.5,
        "SWEEP_S": 0.3,
        "CLEANING_S": 0.2,
        "GRACE_S": 0.3,
        "FIRST_PAUSE_S": 0,
    }.items():
        monkeypatch.setattr(worker, name, seconds)
    prepare(notes_store)


@asynccontextmanager
async def working(
    database: Database, store: Store, backgrounds: tuple[Background, ...] = (), **tasks: TaskFunction
) -> AsyncIterator[None]:
    """Run a worker in this process, and stop it at the end."""
    stopping = asyncio.Event()
    run = worker.run(database, store.url, tasks=tasks or {"count": count}, backgrounds=backgrounds, stopping=stopping)
    task = asyncio.create_task(run)
    try:
        yield
    finally:
        stopping.set()
        await asyncio.wait_for(task, 8)


async def until(database: Database, job_id: str, holds: Callable[[Job], bool], *, within_s: float = 20) -> Job:
    async def found() -> bool:
        return holds(await find(database, job_id))

    await waiting.until(found, within_s=within_s)
    return await find(database, job_id)


def ended(job: Job) -> bool:
    return job.state in jobs.ENDED


def rows(store: Store, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(store.admin_url, autocommit=True) as connection:
        return connection.execute(query.encode()).fetchall()


async def test_a_job_runs_to_its_end_and_tells_how_far_it_is(database: Database, notes_store: Store) -> None:
    async with working(database, notes_store):
        job_id = await ask(database, upto=5, pause_s=0.1)
        halfway = await until(database, job_id, lambda job: job.done >= 2)
        assert (halfway.state, halfway.total) == (JobState.RUNNING, 5)
        job = await until(database, job_id, ended)
    assert (job.state, job.done, job.result, job.error_code) == (JobState.SUCCEEDED, 5, {"counted": 5}, None)
    assert counted(notes_store) == [1, 2, 3, 4, 5]
    assert rows(notes_store, "SELECT * FROM procrastinate_jobs") == []  # what is done does not pile up in the queue


async def test_a_defect_ends_the_job_as_failed_with_a_code_and_without_a_text(
    database: Database, notes_store: Store
) -> None:
    async def broken(context: JobContext) -> Mapping[str, Any]:
        raise ZeroDivisionError("Aminata-Canary")

    async with working(database, notes_store, broken=broken):
        job = await until(database, await ask(database, kind="broken"), ended)
    assert (job.state, job.error_code, job.result) == (JobState.FAILED, "unexpected_error", None)
    assert "Aminata-Canary" not in str(rows(notes_store, "SELECT job::text FROM job"))


async def test_trouble_that_passes_is_tried_again(database: Database, notes_store: Store) -> None:
    tries = 0

    async def shaky(context: JobContext) -> Mapping[str, Any]:
        nonlocal tries
        tries += 1
        if tries < 3:
            raise ConnectionResetError
        return await count(context)

    async with working(database, notes_store, shaky=shaky):
        job = await until(database, await ask(database, kind="shaky", upto=2), ended)
    assert (job.state, tries, counted(notes_store)) == (JobState.SUCCEEDED, 3, [1, 2])


async def test_trouble_that_does_not_pass_ends_the_job_in_the_end(
    database: Database, notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_ATTEMPTS", 3)
    tries = 0

    async def away(context: JobContext) -> Mapping[str, Any]:
        nonlocal tries
        tries += 1
        raise TimeoutError

    async with working(database, notes_store, away=away):
        job = await until(database, await ask(database, kind="away"), ended)
    assert (job.state, job.error_code, tries) == (JobState.FAILED, "unavailable", 3)


@pytest.mark.parametrize(
    "trouble",
    [
        OSError(),
        OperationalError("SELECT 1", {}, Exception()),
        asyncpg.AdminShutdownError(),
        asyncpg.InterfaceError("connection is closed"),
        psycopg.OperationalError(),
    ],
)
async def test_trouble_with_a_database_passes_whichever_driver_meets_it(database: Database, trouble: Exception) -> None:
    async def troubled(context: JobContext) -> Mapping[str, Any]:
        raise trouble

    job_id = await ask(database)
    with pytest.raises(type(trouble)):
        await perform(database, job_id, troubled, last_attempt=False)
    assert (await find(database, job_id)).state is JobState.RUNNING
    await perform(database, job_id, troubled, last_attempt=True)
    assert (await find(database, job_id)).error_code == "unavailable"


async def test_a_job_cancelled_in_the_queue_never_runs(database: Database, notes_store: Store) -> None:
    job_id = await ask(database, upto=3)
    async with database.sessions.begin() as session:
        await jobs.request_cancel(session, job_id)
    async with working(database, notes_store):
        await until(database, await ask(database, upto=1), ended)
    assert (await find(database, job_id)).state is JobState.CANCELLED
    assert counted(notes_store) == [1]


async def test_a_job_cancelled_while_it_runs_keeps_what_it_has_committed(
    database: Database, notes_store: Store
) -> None:
    async with working(database, notes_store):
        job_id = await ask(database, upto=1000, pause_s=0.05)
        await until(database, job_id, lambda job: job.done >= 2)
        async with database.sessions.begin() as session:
            await jobs.request_cancel(session, job_id)
        job = await until(database, job_id, ended)
    assert job.state is JobState.CANCELLED
    assert counted(notes_store) == list(range(1, job.done + 1))


async def test_the_job_of_a_killed_worker_is_taken_up_and_no_batch_is_lost_or_doubled(
    database: Database, notes_store: Store
) -> None:
    doomed = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.kit.counting", notes_store.url, cwd=ROOT)
    job_id = await ask(database, upto=30, pause_s=0.1)
    await until(database, job_id, lambda job: job.done >= 3)
    doomed.send_signal(signal.SIGKILL)
    await doomed.wait()
    killed_at, before = time.monotonic(), (await find(database, job_id)).done
    async with working(database, notes_store):
        await until(database, job_id, lambda job: job.done > before)
        silence = 2.0 + worker.STALLED_AFTER_S + worker.SWEEP_S  # a heartbeat of the dead worker's, and our patience
        assert time.monotonic() - killed_at < silence + 6
        job = await until(database, job_id, ended)
    assert (job.state, job.done) == (JobState.SUCCEEDED, 30)
    assert counted(notes_store) == list(range(1, 31))
    assert rows(notes_store, "SELECT attempt FROM job") == [(2,)]


async def test_a_worker_told_to_stop_leaves_a_long_job_to_the_next_as_often_as_it_takes(
    database: Database, notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_ATTEMPTS", 2)
    job_id, starts = await ask(database, upto=30, pause_s=0.1), 0
    while not ended(await find(database, job_id)):
        starts += 1
        before = (await find(database, job_id)).done
        async with working(database, notes_store):
            await until(database, job_id, lambda job: job.done >= min(before + 6, 30))  # noqa: B023  # used at once
            if (await find(database, job_id)).done == 30:
                await until(database, job_id, ended)
    assert starts > worker.MOST_ATTEMPTS
    assert (await find(database, job_id)).state is JobState.SUCCEEDED
    assert counted(notes_store) == list(range(1, 31))


async def test_a_job_survives_that_all_its_connections_are_cut(database: Database, notes_store: Store) -> None:
    job_id, cuts = await ask(database, upto=25, pause_s=0.08), 0
    async with asyncio.timeout(40):
        while not ended(await find(database, job_id)):
            own = Database(notes_store.url, pool_size=3)
            try:
                async with working(own, notes_store):
                    await until(database, job_id, lambda job: job.done >= min(5 * (cuts + 1), 25))  # noqa: B023  # at once
                    cuts += 1
                    cut = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'notes_app'"
                    if cuts <= 3:
                        rows(notes_store, cut)
                        database.engine.sync_engine.pool.dispose()
                    await asyncio.sleep(1.0)
            except (WorkerEndedError, OSError, ConnectorException):
                continue  # its supervisor starts it again, however it ended
            finally:
                await own.close()
    assert (await find(database, job_id)).state is JobState.SUCCEEDED
    assert counted(notes_store) == list(range(1, 26))


async def test_a_job_that_another_has_taken_up_meanwhile_is_left_to_it(database: Database) -> None:
    async def overtaken(context: JobContext) -> Mapping[str, Any]:
        await jobs.start(database, context.job_id)
        async with database.sessions.begin() as session:
            await context.progress(session, done=1, total=1)
        raise AssertionError

    job_id = await ask(database)
    await perform(database, job_id, overtaken, last_attempt=True)
    job = await find(database, job_id)
    assert (job.state, job.done) == (JobState.RUNNING, 0)


async def test_a_job_whose_end_could_not_be_written_is_found_again(
    database: Database, notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "MOST_ATTEMPTS", 1)

    async def locked_out(context: JobContext) -> Mapping[str, Any]:
        result = await count(context)
        if context.attempt == 1:
            rows_changed("REVOKE ALL ON job FROM notes_app")
        return result

    def rows_changed(statement: str) -> None:
        with psycopg.connect(notes_store.owner_url) as connection:
            connection.execute(statement.encode())

    async with working(database, notes_store, locked_out=locked_out):
        job_id = await ask(database, kind="locked_out", upto=2)
        given_up = "SELECT status::text FROM procrastinate_jobs"
        await waiting.until(lambda: rows(notes_store, given_up) == [("failed",)])
        rows_changed("GRANT SELECT, INSERT, UPDATE, DELETE ON job TO notes_app")
        assert (await until(database, job_id, ended)).state is JobState.SUCCEEDED
    assert counted(notes_store) == [1, 2]


async def test_a_job_that_has_fallen_out_of_the_queue_is_found(database: Database, notes_store: Store) -> None:
    job_id = await ask(database, upto=1)
    with psycopg.connect(notes_store.admin_url) as connection:
        connection.execute("DELETE FROM procrastinate_jobs")
    async with working(database, notes_store):
        assert (await until(database, job_id, ended)).state is JobState.SUCCEEDED


async def test_an_idle_worker_stops_at_once_and_so_do_its_backgrounds(database: Database, notes_store: Store) -> None:
    left: list[str] = []

    async def background(stopping: asyncio.Event) -> None:
        await stopping.wait()
        left.append("background")

    async with working(database, notes_store, (background,)):
        await asyncio.sleep(0.5)
    assert left == ["background"]


async def test_a_background_that_crashes_ends_the_worker_with_its_error(database: Database, notes_store: Store) -> None:
    async def crashing(stopping: asyncio.Event) -> None:
        await asyncio.sleep(0.1)
        raise ZeroDivisionError

    stopping = asyncio.Event()
    with pytest.raises(ZeroDivisionError):
        await worker.run(database, notes_store.url, tasks={}, backgrounds=[crashing], stopping=stopping)
    assert stopping.is_set()


async def test_a_background_that_just_ends_does_not_do_so_unnoticed(database: Database, notes_store: Store) -> None:
    async def brief(stopping: asyncio.Event) -> None:
        await asyncio.sleep(0.1)

    with pytest.raises(WorkerEndedError):
        await worker.run(database, notes_store.url, tasks={}, backgrounds=[brief], stopping=asyncio.Event())


async def test_a_worker_that_cannot_tell_that_it_lives_ends_before_others_take_its_jobs_for_long(
    database: Database, notes_store: Store
) -> None:
    stopping = asyncio.Event()
    task = asyncio.create_task(worker.run(database, notes_store.url, tasks={}, stopping=stopping))
    await asyncio.sleep(0.5)
    with psycopg.connect(notes_store.owner_url) as connection:
        connection.execute("REVOKE ALL ON procrastinate_workers FROM notes_app")
    with pytest.raises(WorkerEndedError):
        await asyncio.wait_for(task, worker.STALLED_AFTER_S + 2)


async def test_a_heartbeat_that_fails_once_is_not_the_last(database: Database, notes_store: Store) -> None:
    async with working(database, notes_store):
        await asyncio.sleep(0.5)
        with psycopg.connect(notes_store.owner_url, autocommit=True) as connection:
            connection.execute("REVOKE ALL ON procrastinate_workers FROM notes_app")
            await asyncio.sleep(0.5)
            connection.execute("GRANT ALL ON procrastinate_workers TO notes_app")
        await asyncio.sleep(worker.STALLED_AFTER_S)
        alive = "SELECT count(*) FROM procrastinate_workers WHERE last_heartbeat > now() - interval '1 s'"
        assert rows(notes_store, alive) == [(1,)]


async def test_a_worker_that_is_itself_cancelled_leaves_nothing_running(database: Database, notes_store: Store) -> None:
    task = asyncio.create_task(worker.run(database, notes_store.url, tasks={}, stopping=asyncio.Event()))
    await asyncio.sleep(0.4)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert {other.get_name() for other in asyncio.all_tasks()} == {asyncio.current_task().get_name()}  # type: ignore[union-attr]  # a test runs in a task


async def test_housekeeping_forgets_old_keys_and_outlives_trouble(
    database: Database, notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(idempotency, "MOST_AT_ONCE", 2)
    with psycopg.connect(notes_store.admin_url) as connection:
        connection.execute("ALTER TABLE idempotency_key RENAME TO away")
    async with working(database, notes_store):
        await asyncio.sleep(0.6)
        with psycopg.connect(notes_store.admin_url) as connection:
            connection.execute("ALTER TABLE away RENAME TO idempotency_key")
            connection.execute(
                "INSERT INTO idempotency_key SELECT 'c', 'o', n::text, '', 201, '{}', '', now() - interval '25 h'"
                " FROM generate_series(1, 7) AS n"
            )
        await waiting.until(lambda: rows(notes_store, "SELECT count(*) FROM idempotency_key") == [(0,)])
