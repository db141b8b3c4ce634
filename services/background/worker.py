"""The worker process of a store: runs its queued jobs, takes up those of killed workers, follows feeds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import timedelta
from functools import partial

import asyncpg
import procrastinate
import psycopg
from procrastinate import JobContext as QueueContext
from procrastinate.jobs import Job as QueuedJob
from procrastinate.worker import Worker
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.background.jobs import JobCancelledError, JobState, JobTakenOverError, TaskFunction
from services.kit import idempotency
from services.kit.database import Database
from services.kit.logs import log

HEARTBEAT_S = 2.0
STALLED_AFTER_S = 10.0
SWEEP_S = 5.0
CLEANING_S = 600.0
GRACE_S = 5.0
_NEVER_S = 86_400.0 * 365
MOST_ATTEMPTS = 6
FIRST_PAUSE_S = 2
PASSING_TROUBLE = (OSError, SQLAlchemyError, asyncpg.PostgresError, asyncpg.InterfaceError, psycopg.Error)
Background = Callable[[asyncio.Event], Awaitable[None]]


class WorkerEndedError(RuntimeError):
    """The queue or a background ended by itself, as the queue does when it has lost its database."""


async def run(
    database: Database,
    url: str,
    *,
    tasks: Mapping[str, TaskFunction],
    backgrounds: Sequence[Background] = (),
    stopping: asyncio.Event,
) -> None:
    """Work until told to stop.

    Args:
        database: The store.
        url: The store's `postgresql://` URL, for the queue's own connections.
        tasks: The job kinds this worker runs.
        backgrounds: What runs beside the queue, such as a feed follower.
        stopping: Set to end; a running batch is finished first, the rest of its job is taken up at the next start.

    Raises:
        WorkerEndedError: A part of the worker ended without having been told to.
        Exception: Whatever ended a background.
    """
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    for name, function in tasks.items():
        _register(app, database, name, function)
    app.perform_import_paths()  # type: ignore[no-untyped-call]  # procrastinate leaves its return type out
    worker = Worker(
        app,
        queues=[jobs.QUEUE],
        concurrency=1,
        fetch_job_polling_interval=1.0,
        install_signal_handlers=False,
        update_heartbeat_interval=_NEVER_S,
        stalled_worker_timeout=STALLED_AFTER_S,
        shutdown_graceful_timeout=GRACE_S,
        delete_jobs="successful",
    )
    async with app.open_async():
        queue = asyncio.create_task(worker.run())  # type: ignore[no-untyped-call]  # the same
        others = [asyncio.create_task(_beat(database, worker, stopping))]
        others += [asyncio.create_task(_sweep(database, list(tasks), stopping))]
        others += [asyncio.create_task(_clean(database, stopping))]
        others += [asyncio.ensure_future(background(stopping)) for background in backgrounds]
        stop = asyncio.create_task(stopping.wait())
        try:
            done, _ = await asyncio.wait({queue, stop, *others}, return_when=asyncio.FIRST_COMPLETED)
            told = stopping.is_set()
        finally:
            stopping.set()
            queue.cancel()
            await asyncio.gather(queue, stop, *others, return_exceptions=True)
    for task in done - {stop}:
        task.result()
    if not told:
        raise WorkerEndedError


class _Patience(procrastinate.BaseRetryStrategy):
    """Try again after passing trouble, each time later; after a shutdown at once, however often."""

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> procrastinate.RetryDecision | None:
        """Say when the queue runs the job again, or None."""
        if isinstance(exception, asyncio.CancelledError):
            return procrastinate.RetryDecision(retry_in={"seconds": 0})
        if job.attempts >= MOST_ATTEMPTS:
            return None
        return procrastinate.RetryDecision(retry_in={"seconds": FIRST_PAUSE_S * 2**job.attempts})


def _register(app: procrastinate.App, database: Database, name: str, function: TaskFunction) -> None:
    @app.task(name=name, queue=jobs.QUEUE, pass_context=True, retry=_Patience())
    async def run_job(context: QueueContext, job_id: str) -> None:
        await perform(database, job_id, function, last_attempt=context.job.attempts >= MOST_ATTEMPTS - 1)


async def perform(database: Database, job_id: str, function: TaskFunction, *, last_attempt: bool) -> None:
    """Run one job and record how it ended; trouble that passes is raised, to be tried again later.

    Args:
        database: The store.
        job_id: Which job.
        function: The task.
        last_attempt: Whether passing trouble now ends the job as failed.
    """
    context = await jobs.start(database, job_id)
    if context is None:
        return
    end = partial(jobs.end, database, job_id, attempt=context.attempt)
    try:
        result = await function(context)
    except JobCancelledError:
        await end(JobState.CANCELLED)
    except JobTakenOverError:
        log.warning("job_taken_over", job_id=job_id)
    except PASSING_TROUBLE as error:
        log.warning("job_interrupted", job_id=job_id, error=type(error).__name__)
        if not last_attempt:
            raise
        await end(JobState.FAILED, error_code="unavailable")
    except Exception as error:  # noqa: BLE001  # a task's own defect: the partner must see that the job has ended
        log.error("job_failed", job_id=job_id, error=type(error).__name__)
        await end(JobState.FAILED, error_code="unexpected_error")
    else:
        await end(JobState.SUCCEEDED, result=result)


async def _beat(database: Database, worker: Worker, stopping: asyncio.Event) -> None:
    """Tell the other workers that this one lives; end it when for too long it could not, for they take its jobs then.

    Procrastinate's own heartbeat ends unnoticed at its first failure (its issue 1597).
    """
    clock = asyncio.get_running_loop().time
    known_at = clock()
    while not await _waited(stopping, HEARTBEAT_S):
        if worker.worker_id is None or await _housekeeping(database, partial(_tell_alive, worker_id=worker.worker_id)):
            known_at = clock()
        elif clock() - known_at > STALLED_AFTER_S:
            raise WorkerEndedError


async def _tell_alive(session: AsyncSession, *, worker_id: int) -> int:
    told = text("UPDATE procrastinate_workers SET last_heartbeat = now() WHERE id = :id RETURNING id")
    return len((await session.execute(told, {"id": worker_id})).all())


async def _sweep(database: Database, kinds: Sequence[str], stopping: asyncio.Event) -> None:
    """Put the jobs that nobody works on any more back into the queue."""
    silence = timedelta(seconds=STALLED_AFTER_S)
    while not await _waited(stopping, SWEEP_S):
        await _housekeeping(database, partial(jobs.take_up_again, kinds=kinds, stalled_after=silence))


async def _clean(database: Database, stopping: asyncio.Event) -> None:
    """Forget idempotency keys that are older than a day."""
    while not await _waited(stopping, CLEANING_S):
        while await _housekeeping(database, idempotency.forget_old) >= idempotency.MOST_AT_ONCE:
            pass


async def _housekeeping(database: Database, work: Callable[[AsyncSession], Awaitable[int]]) -> int:
    """Do the work in a transaction and return how much there was; passing trouble leaves it for the next time."""
    try:
        async with database.sessions.begin() as session:
            return await work(session)
    except (OSError, SQLAlchemyError) as error:
        log.warning("housekeeping_interrupted", error=type(error).__name__)
        return 0


async def _waited(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True
