"""Forget codes, tokens and proofs that can no longer matter."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.store import grants


async def prune_grants(session: AsyncSession, *, at: datetime) -> None:
    """Delete what has expired; the gateway's worker calls it every hour.

    Args:
        session: The transaction; the caller commits.
        at: The instant of the call.
    """
    await grants.forget_expired(session, at=at)
