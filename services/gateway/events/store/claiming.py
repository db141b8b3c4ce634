"""Who sends what next: leases, so that two workers never send one delivery, nor two of one subject out of order."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Row, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.records import Claimed, DeliveryState, Event
from services.gateway.events.store import events, subscriptions
from services.gateway.events.store.tables import delivery, event, subscription

_CLAIM = text(
    """
    WITH due AS (
        SELECT waiting.id
        FROM subscription
        CROSS JOIN LATERAL (
            SELECT count(*) AS busy FROM delivery
            WHERE subscription_id = subscription.id AND state = 'pending' AND leased_until > :at
        ) AS under_way
        CROSS JOIN LATERAL (
            SELECT delivery.id FROM delivery
            WHERE delivery.subscription_id = subscription.id AND delivery.state = 'pending'
            AND delivery.next_at <= :at AND (delivery.leased_until IS NULL OR delivery.leased_until <= :at)
            AND NOT EXISTS (
                SELECT FROM delivery AS earlier
                WHERE earlier.subscription_id = delivery.subscription_id AND earlier.subject = delivery.subject
                AND earlier.state = 'pending' AND earlier.position < delivery.position
            )
            ORDER BY delivery.position
            LIMIT greatest(0, :each - under_way.busy)
            FOR UPDATE OF delivery SKIP LOCKED
        ) AS waiting
        WHERE subscription.active AND subscription.stopped IS NULL
        LIMIT :most
    )
    UPDATE delivery SET lease = :lease, leased_until = :until FROM due WHERE delivery.id = due.id
    """
)


async def claim(session: AsyncSession, *, at: datetime, lease: timedelta, each: int, most: int) -> Sequence[Claimed]:
    """Lease deliveries that are due, the earliest of each subject alone; return them in their order.

    Args:
        session: A transaction of its own, committed before anything is sent.
        at: The present instant.
        lease: For how long nobody else sends them.
        each: The most of one subscription under way, in all workers together.
        most: The most to return.
    """
    token = uuid4()
    values = {"at": at, "until": at + lease, "lease": token, "each": each, "most": most}
    if not (await session.execute(_CLAIM, values)).rowcount:  # type: ignore[attr-defined]  # a cursor result, for an UPDATE
        return []
    rows = await session.execute(
        select(
            delivery.c.id.label("delivery_id"),
            delivery.c.attempts,
            delivery.c.attempts_before,
            delivery.c.type.label("delivery_type"),
            delivery.c.subject.label("delivery_subject"),
            delivery.c.created_at.label("delivery_created_at"),
            *(column.label(f"s_{column.name}") for column in subscriptions.COLUMNS),
            *(column.label(f"e_{column.name}") for column in events.COLUMNS),
        )
        .join(subscription, subscription.c.id == delivery.c.subscription_id)
        .outerjoin(event, event.c.id == delivery.c.event_id)
        .where(delivery.c.lease == token)
        .order_by(delivery.c.position)
    )
    return [_claimed(row, token) for row in rows]


async def hold(session: AsyncSession, claimed: Claimed, *, at: datetime) -> bool:
    """Lock a delivery whose lease is still ours; False where it is not, or the delivery is gone."""
    ours = select(delivery.c.id).where(
        delivery.c.id == claimed.delivery_id,
        delivery.c.lease == claimed.lease,
        delivery.c.state == DeliveryState.PENDING.value,
        delivery.c.leased_until > at,
    )
    return (await session.execute(ours.with_for_update())).scalar_one_or_none() is not None


async def end(session: AsyncSession, claimed: Claimed, state: DeliveryState, *, at: datetime, tried: bool) -> None:
    """End a delivery: it was taken, given up, or withheld.

    Args:
        session: The transaction.
        claimed: Which.
        state: How it ended.
        at: The instant.
        tried: Whether it was sent.
    """
    values = {"state": state.value, "ended_at": at, "lease": None, "leased_until": None}
    await _update(session, claimed, {**values, "attempts": claimed.attempts + 1} if tried else values)


async def put_off(session: AsyncSession, claimed: Claimed, *, until: datetime) -> None:
    """Try a delivery again later."""
    values = {"next_at": until, "attempts": claimed.attempts + 1, "lease": None, "leased_until": None}
    await _update(session, claimed, values)


async def _update(session: AsyncSession, claimed: Claimed, values: dict[str, Any]) -> None:
    await session.execute(update(delivery).where(delivery.c.id == claimed.delivery_id).values(values))


def _claimed(row: Row[Any], token: UUID) -> Claimed:
    subscribed = subscriptions.record_from(row, "s_")
    if row.e_id is None:  # a ping
        told = Event(
            id=row.delivery_id,
            source="gateway",
            type=row.delivery_type,
            resource="",
            subject=row.delivery_subject,
            organisation=subscribed.organisation,
            at=row.delivery_created_at,
            data={"subscription_id": str(subscribed.id)},
            recorded_at=row.delivery_created_at,
        )
    else:
        told = Event(**{column.name: getattr(row, f"e_{column.name}") for column in events.COLUMNS})
    return Claimed(row.delivery_id, token, row.attempts, row.attempts - row.attempts_before, subscribed, told)
