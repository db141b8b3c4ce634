"""Subscriptions: every question names the organisation, so that another's is not there."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy import text as sql
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.records import Stop, Subscription, SubscriptionDraft
from services.gateway.events.store.tables import subscription

COLUMNS = tuple(column for column in subscription.c if column.name not in {"secret", "former_secret"})
_LOCK = 0x696E6469


async def count_and_lock(session: AsyncSession, organisation: str) -> int:
    """Return how many subscriptions an organisation has; nobody adds one of its before this transaction ends."""
    await session.execute(
        sql("SELECT pg_advisory_xact_lock(CAST(:space AS int), hashtext(:organisation))"),
        {"space": _LOCK, "organisation": organisation},
    )
    counted = select(func.count()).select_from(subscription).where(subscription.c.organisation == organisation)
    return (await session.execute(counted)).scalar_one()


async def add(
    session: AsyncSession,
    subscription_id: UUID,
    draft: SubscriptionDraft,
    *,
    organisation: str,
    client_id: str,
    sealed: bytes,
    at: datetime,
    acting_for: UUID | None = None,
) -> Subscription:
    """Store a subscription with its sealed secret."""
    values = {
        "id": subscription_id,
        "organisation": organisation,
        "client_id": client_id,
        "acting_for": acting_for,
        "secret": sealed,
        "created_at": at,
        "updated_at": at,
        **_of_draft(draft),
    }
    return _record((await session.execute(insert(subscription).values(values).returning(*COLUMNS))).one())


async def find(
    session: AsyncSession, subscription_id: UUID, organisation: str, *, to_change: bool = False
) -> Subscription | None:
    """Return an organisation's subscription; `to_change` locks its row until the transaction ends."""
    query = select(*COLUMNS).where(subscription.c.id == subscription_id, subscription.c.organisation == organisation)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def page(session: AsyncSession, organisation: str, *, after: UUID | None, limit: int) -> Sequence[Subscription]:
    """Return an organisation's subscriptions in the order they were made."""
    query = select(*COLUMNS).where(subscription.c.organisation == organisation)
    if after is not None:
        query = query.where(subscription.c.id > after)
    return [_record(row) for row in await session.execute(query.order_by(subscription.c.id).limit(limit))]


async def listening(session: AsyncSession) -> Sequence[Subscription]:
    """Return every subscription that wants events now, in a fixed order."""
    query = select(*COLUMNS).where(subscription.c.active, subscription.c.stopped.is_(None)).order_by(subscription.c.id)
    return [_record(row) for row in await session.execute(query)]


async def amend(
    session: AsyncSession, subscription_id: UUID, draft: SubscriptionDraft, *, at: datetime
) -> Subscription:
    """Store what a partner says now; whatever had stopped it is forgotten."""
    changed = {**_of_draft(draft), "updated_at": at, "stopped": None, "failing_since": None}
    return await _update(session, subscription_id, changed)


async def rotate(
    session: AsyncSession, subscription_id: UUID, sealed: bytes, *, former_until: datetime, at: datetime
) -> Subscription:
    """Store a new secret; the present one signs beside it until its time is over."""
    changed = {"former_secret": subscription.c.secret, "secret": sealed, "former_until": former_until, "updated_at": at}
    return await _update(session, subscription_id, changed)


async def remove(session: AsyncSession, subscription_id: UUID) -> None:
    """Remove a subscription with its deliveries."""
    await session.execute(delete(subscription).where(subscription.c.id == subscription_id))


async def secrets_of(session: AsyncSession, subscription_id: UUID, *, at: datetime) -> list[bytes]:
    """Return the sealed secrets to sign with: the present one, and the former while it is still good."""
    found = select(subscription.c.secret, subscription.c.former_secret, subscription.c.former_until)
    row = (await session.execute(found.where(subscription.c.id == subscription_id))).one_or_none()
    if row is None:
        return []
    still = row.former_secret is not None and row.former_until > at
    return [row.secret, row.former_secret] if still else [row.secret]


async def note_success(session: AsyncSession, subscription_id: UUID) -> None:
    """Forget that the receiver failed; nothing is written where it did not."""
    await session.execute(
        update(subscription)
        .where(subscription.c.id == subscription_id, subscription.c.failing_since.is_not(None))
        .values(failing_since=None)
    )


async def note_failure(session: AsyncSession, subscription_id: UUID, *, at: datetime) -> datetime:
    """Remember since when the receiver fails; return it."""
    since = func.coalesce(subscription.c.failing_since, at)
    noted = await session.execute(
        update(subscription)
        .where(subscription.c.id == subscription_id)
        .values(failing_since=since)
        .returning(subscription.c.failing_since)
    )
    return noted.scalar_one_or_none() or at


async def stop(session: AsyncSession, subscription_id: UUID, why: Stop, *, at: datetime) -> None:
    """Send nothing more until the partner says otherwise."""
    await session.execute(
        update(subscription)
        .where(subscription.c.id == subscription_id)
        .values(stopped=why.value, updated_at=at, version=subscription.c.version + 1)
    )


def _of_draft(draft: SubscriptionDraft) -> dict[str, Any]:
    return {
        "url": draft.url,
        "types": list(draft.types),
        "purpose": draft.purpose,
        "description": draft.description,
        "active": draft.active,
    }


async def _update(session: AsyncSession, subscription_id: UUID, values: dict[str, Any]) -> Subscription:
    statement = (
        update(subscription)
        .where(subscription.c.id == subscription_id)
        .values(**values, version=subscription.c.version + 1)
        .returning(*COLUMNS)
    )
    return _record((await session.execute(statement)).one())


def _record(row: Row[Any]) -> Subscription:
    return record_from(row, "")


def record_from(row: Row[Any], prefix: str) -> Subscription:
    """Return the subscription whose columns stand in a row, in a wider one under a prefix."""
    values = {column.name: getattr(row, prefix + column.name) for column in COLUMNS}
    stopped = None if values["stopped"] is None else Stop(values["stopped"])
    return Subscription(**{**values, "types": tuple(values["types"]), "stopped": stopped})
