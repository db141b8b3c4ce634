"""Other limits for some: SQL in, records out."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.forwarding.domain.limits import Override
from services.gateway.forwarding.store import tables

_table = tables.limit_override
_FIELDS = ("organisation", "client_id", "policy", "version", "units", "window_s", "burst")
_IN_FORCE = f"SELECT {', '.join(_FIELDS)} FROM limit_override WHERE units IS NOT NULL"


async def in_force(pool: asyncpg.Pool) -> Sequence[Override]:
    """Return every override in force; there are few."""
    return [Override(**dict(row)) for row in await pool.fetch(_IN_FORCE)]


async def of_organisation(session: AsyncSession, organisation: str) -> Sequence[Override]:
    """Return an organisation's overrides and its clients', those that were taken back included."""
    columns = [_table.c[name] for name in _FIELDS]
    rows = await session.execute(select(*columns).where(_table.c.organisation == organisation))
    return [Override(**row._mapping) for row in rows]  # noqa: SLF001  # SQLAlchemy's public name for a row's mapping


async def lock_override(
    session: AsyncSession, organisation: str, client_id: str | None, policy: str
) -> Override | None:
    """Return an override, kept from others until the transaction ends."""
    columns = [_table.c[name] for name in _FIELDS]
    statement = (
        select(*columns)
        .where(
            _table.c.organisation == organisation,
            _table.c.client_id.is_not_distinct_from(client_id),
            _table.c.policy == policy,
        )
        .with_for_update()
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else Override(**row._mapping)  # noqa: SLF001  # as above


async def save_override(session: AsyncSession, override: Override, *, at: datetime) -> bool:
    """Store an override; return False where somebody else has stored one since."""
    numbers = {
        "version": override.version,
        "units": override.units,
        "window_s": override.window_s,
        "burst": override.burst,
        "updated_at": at,
    }
    statement = (
        upsert(_table)
        .values(organisation=override.organisation, client_id=override.client_id, policy=override.policy, **numbers)
        .on_conflict_do_update(
            constraint="uq_limit_override_organisation_client_id_policy",
            set_=numbers,
            where=_table.c.version == override.version - 1,
        )
        .returning(_table.c.version)
    )
    return (await session.execute(statement)).scalar_one_or_none() is not None
