"""Take back what was counted for an attempt that has succeeded."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.store import browser_sessions


async def settle_attempt(session: AsyncSession, keys: Sequence[bytes], *, at: datetime) -> None:
    """Forget the failures of the one who succeeded, and this one attempt of her network.

    A network is forgiven just that one: else whoever has an account could guess at others' between two sign-ins.

    Args:
        session: The transaction; the caller commits.
        keys: From `count_attempt`: who tried, then her network.
        at: The instant of the attempt.
    """
    await browser_sessions.forget_attempts(session, keys[:1], at=at)
    for key in keys[1:]:
        held = await browser_sessions.hold_attempts(session, key, at=at)
        await browser_sessions.keep_attempts(
            session, key, replace(held, failures=max(0, held.failures - 1), free_at=at)
        )
