"""Forget what is too old."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.store import deliveries, events


async def purge_events(session: AsyncSession, *, kept: timedelta, at: datetime) -> int:
    """Forget events with their deliveries and attempts, and tests, once they are older than is kept.

    Args:
        session: A transaction of its own.
        kept: How long they are kept.
        at: The present instant.

    Returns:
        How many rows went; where it is a full batch, there may be more.
    """
    return await deliveries.purge_pings(session, before=at - kept) + await events.purge(session, before=at - kept)
