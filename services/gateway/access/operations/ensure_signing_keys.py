"""Make the signing keys that are missing, once, however many processes ask."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.records import KeyState, KeyUse, StoredKey
from services.gateway.access.store import keys
from services.gateway.access.store.sealing import Seal
from services.kit.tokens import SigningKey


async def ensure_signing_keys(session: AsyncSession, *, seal: Seal, at: datetime) -> list[StoredKey]:
    """Return every key, having made a current one for each use that has none.

    Two processes that start together make one key: the second waits for the first's transaction.

    Args:
        session: The transaction; the caller commits.
        seal: Wraps the private part.
        at: The instant of the change.
    """
    stored = await keys.all_keys(session)
    if _missing(stored):
        await keys.lock(session)
        stored = await keys.all_keys(session)
        for use in _missing(stored):
            made = SigningKey.generate()
            key = StoredKey(
                kid=made.kid,
                use=use,
                state=KeyState.CURRENT,
                sealed=seal.wrap(made.kid, use, made.private_pem()),
                public_jwk=made.public_jwk(),
                created_at=at,
            )
            await keys.add_key(session, key, activated_at=at)
            stored.append(key)
    return stored


def _missing(stored: list[StoredKey]) -> list[KeyUse]:
    current = {key.use for key in stored if key.state is KeyState.CURRENT}
    return [use for use in KeyUse if use not in current]
