"""Count an attempt to prove who one is, before it is looked at."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

from services.gateway.access.domain.account_errors import TooManyAttemptsError
from services.gateway.access.domain.attempts import Policy, wait_s, with_another
from services.gateway.access.store import browser_sessions
from services.kit.database import Database


async def count_attempt(
    counted: Sequence[tuple[Policy, str]], *, database: Database, at: datetime
) -> tuple[bytes, ...]:
    """Return the keys under which the attempt was counted as failed; forget them once it has succeeded.

    It is counted first and in a transaction of its own: of fifty guesses sent at once, one is looked at. Unknown
    usernames are counted like known ones.

    Args:
        counted: What slows it down, with the name, network or account that it is counted for; always in this order.
        database: The store.
        at: The instant of the attempt.

    Raises:
        TooManyAttemptsError: The one before was too short ago.
    """
    keys = tuple(hashlib.sha256(f"{policy.kind}|{value}".encode()).digest() for policy, value in counted)
    async with database.sessions.begin() as session:
        held = [await browser_sessions.hold_attempts(session, key, at=at) for key in keys]
        longest = max(wait_s(attempts, at=at) for attempts in held)
        if longest:
            raise TooManyAttemptsError(longest)
        for key, attempts, (policy, _) in zip(keys, held, counted, strict=True):
            await browser_sessions.keep_attempts(session, key, with_another(attempts, policy, at=at))
    return keys
