"""Jobs as rows: queued with what caused them, cancelled, and written by their latest worker only."""

import asyncio
from datetime import timedelta

import psycopg
import pytest

from services.background import jobs
from services.background.jobs import JobCancelledError, JobState, JobTakenOverError
from services.kit.database import Database
from services.stack.stores import Store
from tests.kit.counting import CALLER, ask, find

SILENT = timedelta(seconds=10)


def queue(store: Store) -> list[tuple[str, str]]:
    with psycopg.connect(store.admin_url) as connection:
        rows = connection.execute("SELECT lock, status::text FROM procrastinate_jobs ORDER BY id").fetchall()
        return [(row[0], row[1]) for row in rows]


def execute(store: Store, statement: str) -> None:
    with psycopg.connect(store.admin_url) as connection:
        connection.execute(statement.encode())


async def take_up(database: Database, *kinds: str) -> int:
    async with database.sessions.begin() as session:
        return await jobs.take_up_again(session, kinds=kinds or ("count",), stalled_after=SILENT)


async def test_a_job_is_queued_when_its_transaction_commits(database: Database, notes_store: Store) -> None:
    async with database.sessions.begin() as session:
        job = await jobs.enqueue(session, store="notes", kind="count", arguments={"upto": 3}, caller=CALLER)
        assert queue(notes_store) == []
    assert job.id.startswith("notes-")
    assert (job.state, job.done, job.total, job.organisation) == (JobState.QUEUED, 0, None, "prefecture-rabat")
    assert queue(notes_store) == [(job.id, "todo")]
    assert await find(database, job.id) == job


async def test_a_job_of_a_transaction_that_was_undone_was_never_there(database: Database, notes_store: Store) -> None:
    async with database.sessions() as session:
        job = await jobs.enqueue(session, store="notes", kind="count", arguments={}, caller=CALLER)
        assert await jobs.find(session, job.id) == job
        await session.rollback()
    async with database.sessions() as session:
        assert await jobs.find(session, job.id) is None
    assert queue(notes_store) == []


async def test_a_job_that_has_not_begun_is_cancelled_at_once(database: Database) -> None:
    job_id = await ask(database)
    async with database.sessions.begin() as session:
        await jobs.request_cancel(session, job_id)
    job = await find(database, job_id)
    assert (job.state, job.cancel_requested) == (JobState.CANCELLED, True)
    assert job.finished_at
    assert await jobs.start(database, job_id) is None


async def test_a_running_job_is_cancelled_at_its_next_batch(database: Database) -> None:
    job_id = await ask(database)
    context = await jobs.start(database, job_id)
    assert context
    async with database.sessions.begin() as session:
        await context.progress(session, done=1, total=9)
        await jobs.request_cancel(session, job_id)
    job = await find(database, job_id)
    assert (job.state, job.done, job.total, job.finished_at) == (JobState.RUNNING, 1, 9, None)
    async with database.sessions() as session:
        with pytest.raises(JobCancelledError):
            await context.progress(session, done=2, total=9)
    job = await find(database, job_id)
    assert job.done == 1
    assert await jobs.start(database, job_id) is None  # taken up again after a crash, it is not begun anew
    assert (await find(database, job_id)).state is JobState.CANCELLED


async def test_cancelling_what_has_ended_changes_nothing(database: Database) -> None:
    job_id = await ask(database)
    await jobs.end(database, job_id, JobState.SUCCEEDED, result={"n": 1})
    before = await find(database, job_id)
    async with database.sessions.begin() as session:
        await jobs.request_cancel(session, job_id)
    assert await find(database, job_id) == before
    assert before.result == {"n": 1}


async def test_a_worker_held_for_dead_can_neither_report_nor_end_a_job_that_another_has_taken_up(
    database: Database,
) -> None:
    job_id = await ask(database)
    first, second = await jobs.start(database, job_id), await jobs.start(database, job_id)
    assert first
    assert second
    async with database.sessions() as session:
        with pytest.raises(JobTakenOverError):
            await first.progress(session, done=5, total=9)
    await jobs.end(database, job_id, JobState.FAILED, error_code="x", attempt=first.attempt)
    assert (await find(database, job_id)).state is JobState.RUNNING
    await jobs.end(database, job_id, JobState.SUCCEEDED, result={}, attempt=second.attempt)
    assert (await find(database, job_id)).state is JobState.SUCCEEDED


async def test_a_job_that_kills_each_of_its_workers_is_given_up(database: Database) -> None:
    job_id = await ask(database)
    for _ in range(jobs.MOST_STARTS):
        assert await jobs.start(database, job_id)
    assert await jobs.start(database, job_id) is None
    job = await find(database, job_id)
    assert (job.state, job.error_code) == (JobState.FAILED, "interrupted_too_often")


async def test_a_job_nobody_knows_is_not_started(database: Database) -> None:
    assert await jobs.start(database, "notes-0") is None


async def test_the_jobs_of_a_dead_worker_go_back_into_the_queue_once_however_many_look(
    database: Database, notes_store: Store
) -> None:
    job_id = await ask(database)
    execute(notes_store, "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 minute')")
    execute(notes_store, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1")
    assert sorted(await asyncio.gather(*(take_up(database) for _ in range(5)))) == [0, 0, 0, 0, 1]
    assert queue(notes_store) == [(job_id, "todo")]


async def test_the_jobs_of_a_worker_that_is_gone_go_back_and_those_of_a_living_one_stay(
    database: Database, notes_store: Store
) -> None:
    await ask(database)
    execute(notes_store, "INSERT INTO procrastinate_workers DEFAULT VALUES")
    execute(notes_store, "UPDATE procrastinate_jobs SET status = 'doing', worker_id = 1")
    assert await take_up(database) == 0
    execute(notes_store, "DELETE FROM procrastinate_workers")
    assert await take_up(database) == 1


async def test_an_unfinished_job_that_has_fallen_out_of_the_queue_is_queued_again(
    database: Database, notes_store: Store
) -> None:
    job_id, ended, unknown = await ask(database), await ask(database), await ask(database, kind="unknown")
    await jobs.end(database, ended, JobState.FAILED, error_code="x")
    execute(notes_store, "UPDATE procrastinate_jobs SET status = 'failed'")
    assert await take_up(database) == 1
    assert await take_up(database) == 0
    assert queue(notes_store)[-1] == (job_id, "todo")
    assert await take_up(database, "unknown") == 1
    assert queue(notes_store)[-1] == (unknown, "todo")
