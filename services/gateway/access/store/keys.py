"""Signing keys: SQL in, records out."""

from datetime import datetime

from sqlalchemy import delete, func, insert, select, text, update
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
    rows = await session.execute(select(_key).order_by(_key.c.created_at.desc(), _key.c.kid))
    return [
        StoredKey(
            row.kid,
            KeyUse(row.use),
            KeyState(row.state),
            row.sealed,
            row.public_jwk,
            row.created_at,
            row.activated_at,
            row.retired_at,
        )
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


async def activate(session: AsyncSession, kid: str, *, at: datetime) -> None:
    """Let a published key sign from now on; the one before must have been put out of use."""
    await session.execute(update(_key).where(_key.c.kid == kid).values(state=KeyState.CURRENT.value, activated_at=at))


async def retire(session: AsyncSession, kid: str, *, at: datetime) -> None:
    """Let a key sign no more; what it has signed stays good."""
    await session.execute(update(_key).where(_key.c.kid == kid).values(state=KeyState.RETIRED.value, retired_at=at))


async def remove_key(session: AsyncSession, kid: str) -> None:
    """Delete a key: nothing that it has signed is believed any longer."""
    await session.execute(delete(_key).where(_key.c.kid == kid))
