"""Say whose password it is."""

from datetime import datetime

from services.gateway.access.domain.accounts import Account, plain_password, typed_username
from services.gateway.access.store import accounts, factors
from services.gateway.access.store.hashing import Hashing
from services.kit.database import Database


async def verify_password(
    username: str, password: str, *, database: Database, hashing: Hashing, at: datetime
) -> Account | None:
    """Return the account, or None: unknown, stopped, without a password and wrong are one answer in one time.

    A hash made under older parameters is made anew. No connection is held while it is compared.

    Args:
        username: As typed.
        password: As typed.
        database: The store.
        hashing: Compares.
        at: The instant of the attempt.

    Raises:
        services.gateway.access.store.hashing.HashingBusyError: Too many are waiting.
    """
    async with database.sessions.begin() as session:
        account = await accounts.find_by_username(session, typed_username(username))
        hashed = None if account is None else await factors.password_hash(session, account.id)
    plain = plain_password(password)
    right = await hashing.matches(plain, hashed)
    if account is None or hashed is None or not right or not account.active:
        return None
    if hashing.outdated(hashed):
        renewed = await hashing.hash(plain)
        async with database.sessions.begin() as session:
            await factors.set_password(session, account.id, renewed, at=at)
    return account
