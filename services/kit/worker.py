"""The worker process of a store: runs its queued jobs, takes up those of killed workers, follows feeds."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence

import procrastinate
from procrastinate import JobContext as QueueContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from services.kit import idempotency, jobs
from services.kit.database import Database
from services.kit.jobs import JobCancelledError, JobState, TaskFunction
from services.kit.logs import log

HEARTBEAT_S = 2.0
STALLED_AFTER_S = 10.0
SWEEP_S = 5.0
CLEANING_S = 600.0
MOST_ATTEMPTS = 6
Background = Callable[[asyncio.Event], Awaitable[None]]


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
    """
    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, min_size=1, max_size=4))
    for name, function in tasks.items():
        _register(app, database, name, function)
    async with app.open_async():
        queue = asyncio.create_task(
            app.run_worker_async(
                queues=[jobs.QUEUE],
                concurrency=1,
                fetch_job_polling_interval=1.0,
                install_signal_handlers=False,
                update_heartbeat_interval=HEARTBEAT_S,
                stalled_worker_timeout=STALLED_AFTER_S,
                shutdown_graceful_timeout=5.0,
            )
        )
        others = [asyncio.create_task(_sweep(app, stopping)), asyncio.create_task(_clean(database, stopping))]
        others += [asyncio.ensure_future(background(stopping)) for background in backgrounds]
        stop = asyncio.create_task(stopping.wait())
        done, _ = await asyncio.wait({queue, stop, *others}, return_when=asyncio.FIRST_COMPLETED)
        stopping.set()
        queue.cancel()
        await asyncio.gather(queue, stop, *others, return_exceptions=True)
        for task in done - {stop}:
            task.result()


def _register(app: procrastinate.App, database: Database, name: str, function: TaskFunction) -> None:
    retry = procrastinate.RetryStrategy(max_attempts=MOST_ATTEMPTS, exponential_wait=2)

    @app.task(name=name, queue=jobs.QUEUE, pass_context=True, retry=retry)
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
    try:
        result = await function(context)
    except JobCancelledError:
        await jobs.end(database, job_id, JobState.CANCELLED)
    except (OSError, DBAPIError, SQLAlchemyError) as error:
        log.warning("job_interrupted", job_id=job_id, error=type(error).__name__)
        if last_attempt:
            await jobs.end(database, job_id, JobState.FAILED, error_code="unavailable")
            return
        raise
    except Exception as error:  # noqa: BLE001  # a task's own defect: the partner must see that the job has ended
        log.error("job_failed", job_id=job_id, error=type(error).__name__)
        await jobs.end(database, job_id, JobState.FAILED, error_code="unexpected_error")
    else:
        await jobs.end(database, job_id, JobState.SUCCEEDED, result=result)


async def _sweep(app: procrastinate.App, stopping: asyncio.Event) -> None:
    """Put jobs of workers that died back into the queue."""
    while not await _waited(stopping, SWEEP_S):
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_S):
            await app.job_manager.retry_job(job)


async def _clean(database: Database, stopping: asyncio.Event) -> None:
    """Forget idempotency keys that are older than a day."""
    while not await _waited(stopping, CLEANING_S):
        async with database.sessions.begin() as session:
            await idempotency.forget_old(session)


async def _waited(stopping: asyncio.Event, seconds: float) -> bool:
    try:
        await asyncio.wait_for(stopping.wait(), seconds)
    except TimeoutError:
        return False
    return True
