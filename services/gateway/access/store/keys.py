"""Signing keys: SQL in, records out."""

from datetime import datetime

from sqlalchemy import func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.records import KeyState, KeyUse, StoredKey
from services.gateway.access.store.tables import clients as tables

_key = tables.signing_key
_LOCK = 0x696E64696D616A01
"""Advisory lock of the key table: "indimaj" and a number."""


async def lock(session: AsyncSession) -> None:
    """Hold the key table against others who would make keys, until the transaction ends."""
    await session.execute(select(func.pg_advisory_xact_lock(text(str(_LOCK)))))


async def all_keys(session: AsyncSession) -> list[StoredKey]:
    """Return every key, the newest first."""
    rows = await session.execute(
        select(_key.c.kid, _key.c.use, _key.c.state, _key.c.sealed, _key.c.public_jwk, _key.c.created_at).order_by(
            _key.c.created_at.desc(), _key.c.kid
        )
    )
    return [
        StoredKey(row.kid, KeyUse(row.use), KeyState(row.state), row.sealed, row.public_jwk, row.created_at)
        for row in rows
    ]


async def add_key(session: AsyncSession, key: StoredKey, *, activated_at: datetime | None) -> None:
    """Store a key."""
    await session.execute(
        insert(_key).values(
            kid=key.kid,
            use=key.use.value,
            state=key.state.value,
            sealed=key.sealed,
            public_jwk=dict(key.public_jwk),
            created_at=key.created_at,
            activated_at=activated_at,
        )
    )
