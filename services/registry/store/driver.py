"""The driver's own connection under a session, for statements that one round trip or one COPY must do."""

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession


async def driver(session: AsyncSession) -> asyncpg.Connection:
    """Return asyncpg's connection, inside the session's transaction."""
    connection = await session.connection()
    # SQLAlchemy begins with the first statement it sends itself; what the driver sends must not come before that.
    raw = await connection.get_raw_connection()
    inner = raw.driver_connection
    if not isinstance(inner, asyncpg.Connection):
        raise TypeError("the store needs asyncpg")
    if not inner.is_in_transaction():
        await connection.exec_driver_sql("SELECT 1")
    return inner
