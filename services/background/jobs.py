"""Long work: a job that a partner can watch and cancel, queued in the transaction of what caused it.

Procrastinate queues and runs; our `job` row tells the partner. Jobs are idempotent: a killed worker's job is taken up
again by another and goes on from what it had committed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import uuid4

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    case,
    func,
    insert,
    select,
    update,
)
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.callers import Caller
from services.kit.database import Database, dump_json

QUEUE = "work"
MOST_STARTS = 20
"""A job that ends its worker's life each time is given up after so many starts."""


class JobState(StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ENDED = frozenset({JobState.SUCCEEDED, JobState.FAILED, JobState.CANCELLED})


class JobCancelledError(Exception):
    """Raised inside a job that was asked to stop, between two of its batches."""


class JobTakenOverError(Exception):
    """Raised inside a job that another worker has taken up: this one was held for dead, and its batch is undone."""


def table(metadata: MetaData) -> Table:
    """Return the table of jobs of a store."""
    job = Table(
        "job",
        metadata,
        Column("id", Text, primary_key=True),
        Column("kind", Text, nullable=False),
        Column("state", Text, nullable=False, server_default=JobState.QUEUED.value),
        Column("arguments", JSONB, nullable=False),
        Column("done", BigInteger, nullable=False, server_default="0"),
        Column("total", BigInteger),
        Column("attempt", Integer, nullable=False, server_default="0"),
        Column("result", JSONB),
        Column("error_code", Text),
        Column("cancel_requested", Boolean, nullable=False, server_default=sql("false")),
        Column("created_by", Text, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("started_at", DateTime(timezone=True)),
        Column("finished_at", DateTime(timezone=True)),
    )
    Index("ix_job_unfinished", job.c.id, postgresql_where=job.c.state.in_(["queued", "running"]))
    return job


_JOB = table(MetaData())


@dataclass(frozen=True, slots=True)
class Job:
    """A job as it stands.

    Attributes:
        id: `<store>-<uuid>`; the store's name lets the gateway find whose job it is.
        done: Units finished.
        total: Units in all; None until known.
    """

    id: str
    kind: str
    state: JobState
    done: int
    total: int | None
    result: Mapping[str, Any] | None
    error_code: str | None
    cancel_requested: bool
    organisation: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_COLUMNS = [_JOB.c[name] for name in Job.__dataclass_fields__]


async def enqueue(session: AsyncSession, *, store: str, kind: str, arguments: Mapping[str, Any], caller: Caller) -> Job:
    """Queue a job in the request's transaction: it runs when the transaction commits, or never was.

    Args:
        session: The request's transaction.
        store: Prefix of the job's id.
        kind: Name of the task, as the store's worker registers it.
        arguments: JSON-able input of the task; references, not personal data.
        caller: Who asked; only her organisation sees the job.
    """
    job_id = f"{store}-{uuid4()}"
    values = {
        "id": job_id,
        "kind": kind,
        "arguments": dict(arguments),
        "created_by": caller.client_id,
        "organisation": caller.organisation,
    }
    row = (await session.execute(insert(_JOB).values(values).returning(*_COLUMNS))).one()
    await _defer(session, job_id, kind)
    return _record(row)


async def _defer(session: AsyncSession, job_id: str, kind: str) -> None:
    await session.execute(
        sql(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(:queue, :task, 0, :lock, NULL,"
            " CAST(:arguments AS jsonb), NULL)::procrastinate_job_to_defer_v1])"
        ),
        {"queue": QUEUE, "task": kind, "lock": job_id, "arguments": dump_json({"job_id": job_id})},
    )


async def find(session: AsyncSession, job_id: str) -> Job | None:
    """Return a job, or None."""
    row = (await session.execute(select(*_COLUMNS).where(_JOB.c.id == job_id))).one_or_none()
    return None if row is None else _record(row)


async def request_cancel(session: AsyncSession, job_id: str) -> None:
    """Ask a job to stop; one that has not begun is cancelled at once."""
    unfinished = _JOB.c.state.not_in(list(ENDED))
    queued = _JOB.c.state == JobState.QUEUED.value
    values = {
        "cancel_requested": True,
        "state": case((queued, JobState.CANCELLED.value), else_=_JOB.c.state),
        "finished_at": case((queued, func.now()), else_=_JOB.c.finished_at),
    }
    await session.execute(update(_JOB).where(_JOB.c.id == job_id, unfinished).values(values))


@dataclass(frozen=True, slots=True)
class JobContext:
    """What a running task has.

    Attributes:
        database: The store; a task opens its own transactions, one a batch.
        arguments: What `enqueue` was given.
        attempt: Which start of the job this is; only the latest may write.
    """

    database: Database
    job_id: str
    arguments: Mapping[str, Any]
    attempt: int = 0

    async def progress(self, session: AsyncSession, *, done: int, total: int | None) -> None:
        """Say how far the job is, in the transaction of the batch that brought it there.

        Raises:
            JobCancelledError: Somebody asked the job to stop; the batch is undone.
            JobTakenOverError: Another worker runs the job now; the batch is undone.
        """
        row = await session.execute(
            update(_JOB)
            .where(_JOB.c.id == self.job_id, _JOB.c.attempt == self.attempt)
            .values(done=done, total=total)
            .returning(_JOB.c.cancel_requested)
        )
        cancelled = row.scalar_one_or_none()
        if cancelled is None:
            raise JobTakenOverError
        if cancelled:
            raise JobCancelledError


TaskFunction = Callable[[JobContext], Awaitable[Mapping[str, Any]]]
"""A task returns the job's result: JSON-able, without personal data."""


async def start(database: Database, job_id: str) -> JobContext | None:
    """Mark a job as running; None when it has ended, was cancelled, or has been started too often."""
    async with database.sessions.begin() as session:
        row = (
            await session.execute(
                select(_JOB.c.state, _JOB.c.arguments, _JOB.c.cancel_requested, _JOB.c.attempt)
                .where(_JOB.c.id == job_id)
                .with_for_update()
            )
        ).one_or_none()
        if row is None or row.state in ENDED:
            return None
        if row.cancel_requested:
            await session.execute(_ending(job_id, JobState.CANCELLED))
            return None
        if row.attempt >= MOST_STARTS:
            await session.execute(_ending(job_id, JobState.FAILED, error_code="interrupted_too_often"))
            return None
        attempt = row.attempt + 1
        started_at = func.coalesce(_JOB.c.started_at, func.now())
        await session.execute(
            update(_JOB)
            .where(_JOB.c.id == job_id)
            .values(state=JobState.RUNNING.value, started_at=started_at, attempt=attempt)
        )
        return JobContext(database, job_id, row.arguments, attempt)


async def end(
    database: Database,
    job_id: str,
    state: JobState,
    *,
    result: Mapping[str, Any] | None = None,
    error_code: str | None = None,
    attempt: int | None = None,
) -> None:
    """Mark a job as ended; with `attempt`, only if no other worker has taken it up since."""
    statement = _ending(job_id, state, result=result, error_code=error_code)
    if attempt is not None:
        statement = statement.where(_JOB.c.attempt == attempt)
    async with database.sessions.begin() as session:
        await session.execute(statement)


async def take_up_again(session: AsyncSession, *, kinds: Sequence[str], stalled_after: timedelta) -> int:
    """Put back into the queue what nobody works on any more; return how many jobs.

    These are jobs in the hands of workers that have died, and unfinished jobs that have fallen out of the queue.

    Args:
        session: A transaction of its own.
        kinds: The kinds of job that this worker runs.
        stalled_after: How long a living worker may be silent.
    """
    stalled = await session.scalar(
        sql(
            "WITH stalled AS (SELECT queued.id FROM procrastinate_jobs queued"
            " LEFT JOIN procrastinate_workers worker ON worker.id = queued.worker_id"
            " WHERE queued.status = 'doing' AND queued.queue_name = :queue"
            " AND (worker.id IS NULL OR worker.last_heartbeat < now() - CAST(:silent AS interval))"
            " FOR UPDATE OF queued SKIP LOCKED)"
            " SELECT count(*) FROM stalled, LATERAL procrastinate_retry_job_v2(id, now(), NULL, NULL, NULL)"
        ),
        {"queue": QUEUE, "silent": stalled_after},
    )
    fallen = await session.execute(
        sql(
            "SELECT id, kind FROM job WHERE state IN ('queued', 'running') AND kind = ANY(:kinds)"
            " AND NOT EXISTS (SELECT FROM procrastinate_jobs WHERE lock = job.id AND status IN ('todo', 'doing'))"
            " FOR UPDATE SKIP LOCKED"
        ),
        {"kinds": list(kinds)},
    )
    rows = fallen.all()
    for row in rows:
        await _defer(session, row.id, row.kind)
    return int(stalled or 0) + len(rows)


def _ending(
    job_id: str, state: JobState, *, result: Mapping[str, Any] | None = None, error_code: str | None = None
) -> Any:
    values: dict[str, Any] = {"state": state.value, "finished_at": func.now(), "error_code": error_code}
    if result is not None:
        values["result"] = dict(result)
    return update(_JOB).where(_JOB.c.id == job_id).values(values)


def _record(row: Any) -> Job:
    return Job(**{**row._mapping, "state": JobState(row.state)})  # noqa: SLF001  # SQLAlchemy's public name for it
