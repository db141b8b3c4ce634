"""Connections, sessions and transactions. The transaction ends before the answer leaves."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import asyncpg
import orjson
from fastapi import Depends, Request
from sqlalchemy import MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

POOL_WAIT_S = 5.0
READING = "reading"
"""Set in the `info` of a session that only reads."""

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def new_metadata() -> MetaData:
    """Return metadata under the house's constraint names, which `api/problems.py` refers to."""
    return MetaData(naming_convention=NAMING)


def dump_json(value: Any) -> str:
    """Write JSON for a jsonb column; decimals and dates as strings."""
    return orjson.dumps(value, default=str).decode()


class _ReadingPool(asyncpg.Pool):
    """A pool in which nobody waits for ever; the wait is timed only when no connection is free, for timers cost."""

    def acquire(self, *, timeout: float | None = None) -> Any:
        """Take a connection, or raise TimeoutError."""
        if timeout is None and not self.get_idle_size():
            timeout = POOL_WAIT_S
        return super().acquire(timeout=timeout)


class Database:
    """One store's connections: an SQLAlchemy engine for writes, an asyncpg pool for hot reads.

    The pool commits asynchronously: what it writes is the audit row of a read, and a crash of the database loses at
    most the last moments of those; every acknowledged change goes through the engine and is durable.

    Args:
        url: `postgresql://user:password@host:port/name` of the application role.
        pool_size: The most connections of each kind.
    """

    def __init__(self, url: str, *, pool_size: int = 12) -> None:
        self._url = url
        self._pool_size = pool_size
        self._pool: asyncpg.Pool | None = None
        self._opening = asyncio.Lock()
        self.engine: AsyncEngine = create_async_engine(
            url.replace("postgresql://", "postgresql+asyncpg://", 1),
            pool_size=pool_size,
            max_overflow=0,
            pool_timeout=POOL_WAIT_S,
            json_serializer=dump_json,
            json_deserializer=orjson.loads,
            hide_parameters=True,  # the text of an error may reach a log
            connect_args={"server_settings": {"application_name": "indimaj", "jit": "off"}},
        )
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False, autoflush=False)

    async def pool(self) -> asyncpg.Pool:
        """Return the pool for hot reads, opened at first need."""
        if self._pool is None:
            async with self._opening:
                self._pool = self._pool or await _open_pool(self._url, self._pool_size)  # type: ignore[redundant-expr]  # another task may have opened it meanwhile
        return self._pool

    async def close(self) -> None:
        """Close all connections."""
        if self._pool is not None:
            await self._pool.close()
            self._pool = None
        await self.engine.dispose()

    async def revision(self) -> str | None:
        """Return the migration the schema stands at."""
        pool = await self.pool()
        revision: str | None = await pool.fetchval("SELECT version_num FROM alembic_version")
        return revision


async def _open_pool(url: str, size: int) -> asyncpg.Pool:
    return await _ReadingPool(
        url,
        min_size=1,
        max_size=size,
        max_queries=50_000,
        max_inactive_connection_lifetime=300.0,
        loop=None,
        connection_class=asyncpg.Connection,
        record_class=asyncpg.Record,
        timeout=POOL_WAIT_S,
        command_timeout=POOL_WAIT_S,
        reset=_keep,
        server_settings={"application_name": "indimaj-read", "jit": "off", "synchronous_commit": "off"},
    )


async def _keep(_connection: Any) -> None:
    """Spare the reset query: nobody SETs, LISTENs or takes session locks on the reading pool."""


async def write_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Open the request's transaction; it commits before the answer leaves, and nothing else commits."""
    state = request.state
    async with _transaction(request) as session:
        if state.claim is not None and state.caller is not None:
            caller = state.caller
            holder = caller.client_id if caller.acting_for is None else f"{caller.client_id} for {caller.acting_for}"
            await state.claim.begin(session, client_id=holder)
        yield session


async def read_session(request: Request) -> AsyncIterator[AsyncSession]:
    """Open a transaction for reading; the audit row is written in it, and its commit does not wait for the disk."""
    async with _transaction(request) as session:
        session.info[READING] = True
        yield session


@asynccontextmanager
async def _transaction(request: Request) -> AsyncIterator[AsyncSession]:
    """Open the request's transaction. A commit that fails undoes the audit row too: the route then leaves another."""
    database: Database = request.app.state.database
    committing = False
    try:
        async with database.sessions.begin() as session:
            request.state.session = session
            yield session
            committing = True
    except Exception as error:
        if committing:
            await request.state.leave_refusal(error)
        raise


WriteSession = Annotated[AsyncSession, Depends(write_session, scope="function")]
ReadSession = Annotated[AsyncSession, Depends(read_session, scope="function")]
