"""How far the registry's feed has been followed."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.store.tables import metadata

_CURSOR = metadata.tables["feed_cursor"]


async def caught_up_at(session: AsyncSession) -> datetime | None:
    """Return when the feed was last followed to its end; None where it never was."""
    found: datetime | None = await session.scalar(select(func.max(_CURSOR.c.caught_up_at)))
    return found
