"""Deliveries and their attempts, as a partner sees and steers them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.records import PING, Attempt, Claimed, Delivery, DeliveryState, Event
from services.gateway.events.store.tables import attempt, delivery

_ENDED = (DeliveryState.DELIVERED.value, DeliveryState.DEAD.value, DeliveryState.WITHHELD.value)
_AGAIN = {
    "state": DeliveryState.PENDING.value,
    "attempts_before": delivery.c.attempts,
    "ended_at": None,
    "lease": None,
    "leased_until": None,
}
"""A delivery that is to be sent again: the schedule begins anew, its place among the others stays."""
_COLUMNS = (
    delivery.c.id,
    delivery.c.subscription_id,
    delivery.c.event_id,
    delivery.c.type,
    delivery.c.state,
    delivery.c.attempts,
    delivery.c.next_at,
    delivery.c.created_at,
    delivery.c.ended_at,
)


async def add(session: AsyncSession, subscription_id: UUID, event: Event, *, at: datetime) -> None:
    """Have an event sent; nothing where it was before."""
    await session.execute(
        upsert(delivery)
        .values(_values(subscription_id, event, at))
        .on_conflict_do_nothing(index_elements=["subscription_id", "event_id"])
    )


async def add_again(session: AsyncSession, subscription_id: UUID, event: Event, *, at: datetime) -> None:
    """Have an event sent, also where it was before; one that is on its way is left to it."""
    await session.execute(
        upsert(delivery)
        .values(_values(subscription_id, event, at))
        .on_conflict_do_update(
            index_elements=["subscription_id", "event_id"],
            set_={**_AGAIN, "next_at": at},
            where=delivery.c.state.in_(_ENDED),
        )
    )


async def add_ping(session: AsyncSession, subscription_id: UUID, *, at: datetime) -> Delivery:
    """Have a test sent; it waits for nothing, its subject is its own."""
    values = {"subscription_id": subscription_id, "type": PING, "subject": uuid4(), "next_at": at, "created_at": at}
    return _record((await session.execute(insert(delivery).values(values).returning(*_COLUMNS))).one())


async def find(
    session: AsyncSession, subscription_id: UUID, delivery_id: UUID, *, to_change: bool = False
) -> Delivery | None:
    """Return a subscription's delivery, or None; `to_change` locks its row until the transaction ends."""
    query = select(*_COLUMNS).where(delivery.c.id == delivery_id, delivery.c.subscription_id == subscription_id)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def page(
    session: AsyncSession, subscription_id: UUID, *, state: DeliveryState | None, before: UUID | None, limit: int
) -> Sequence[Delivery]:
    """Return a subscription's deliveries, the newest first."""
    query = select(*_COLUMNS).where(delivery.c.subscription_id == subscription_id)
    if state is not None:
        query = query.where(delivery.c.state == state.value)
    if before is not None:
        query = query.where(delivery.c.id < before)
    return [_record(row) for row in await session.execute(query.order_by(delivery.c.id.desc()).limit(limit))]


async def attempts_of(session: AsyncSession, delivery_id: UUID, *, limit: int) -> Sequence[Attempt]:
    """Return a delivery's latest attempts, in order."""
    latest = (
        select(attempt.c.number, attempt.c.at, attempt.c.duration_ms, attempt.c.status, attempt.c.error_code)
        .where(attempt.c.delivery_id == delivery_id)
        .order_by(attempt.c.number.desc())
        .limit(limit)
    )
    return [Attempt(*row) for row in reversed((await session.execute(latest)).all())]


async def add_attempt(session: AsyncSession, claimed: Claimed, made: Attempt) -> None:
    """Keep an attempt."""
    await session.execute(
        insert(attempt).values(
            delivery_id=claimed.delivery_id,
            number=made.number,
            at=made.at,
            duration_ms=made.duration_ms,
            status=made.status,
            error_code=made.error_code,
        )
    )


async def send_again(session: AsyncSession, delivery_id: UUID, *, at: datetime) -> Delivery:
    """Send a delivery now, whatever became of it."""
    again = update(delivery).where(delivery.c.id == delivery_id).values({**_AGAIN, "next_at": at})
    return _record((await session.execute(again.returning(*_COLUMNS))).one())


async def give_up_waiting(session: AsyncSession, subscription_id: UUID, *, at: datetime) -> None:
    """Make dead letters of all that waits for a receiver that is called no more."""
    await session.execute(
        update(delivery)
        .where(delivery.c.subscription_id == subscription_id, delivery.c.state == DeliveryState.PENDING.value)
        .values(state=DeliveryState.DEAD.value, ended_at=at, lease=None, leased_until=None)
    )


async def revive_dead(session: AsyncSession, subscription_id: UUID, *, ended_before: datetime, limit: int) -> int:
    """Send dead letters that had ended before an instant, a batch of them; return how many."""
    dead = (
        select(delivery.c.id)
        .where(
            delivery.c.subscription_id == subscription_id,
            delivery.c.state == DeliveryState.DEAD.value,
            delivery.c.ended_at <= ended_before,
        )
        .order_by(delivery.c.position)
        .limit(limit)
    )
    again = update(delivery).where(delivery.c.id.in_(dead)).values({**_AGAIN, "next_at": ended_before})
    return len((await session.execute(again.returning(delivery.c.id))).all())


async def count_dead(session: AsyncSession, subscription_id: UUID) -> int:
    """Return how many dead letters a subscription has."""
    dead = (delivery.c.subscription_id == subscription_id) & (delivery.c.state == DeliveryState.DEAD.value)
    return (await session.execute(select(func.count()).select_from(delivery).where(dead))).scalar_one()


async def purge_pings(session: AsyncSession, *, before: datetime) -> int:
    """Forget old tests; deliveries of events go with their event."""
    old = (delivery.c.event_id.is_(None)) & or_(delivery.c.ended_at < before, delivery.c.created_at < before)
    return len((await session.execute(delete(delivery).where(old).returning(delivery.c.id))).all())


def _values(subscription_id: UUID, event: Event, at: datetime) -> dict[str, Any]:
    return {
        "subscription_id": subscription_id,
        "event_id": event.id,
        "type": event.type,
        "subject": event.subject,
        "next_at": at,
        "created_at": at,
    }


def _record(row: Any) -> Delivery:
    state = DeliveryState(row.state)
    waiting = row.next_at if state is DeliveryState.PENDING else None
    return Delivery(
        id=row.id,
        subscription_id=row.subscription_id,
        event_id=row.event_id,
        type=row.type,
        state=state,
        attempts=row.attempts,
        next_at=waiting,
        created_at=row.created_at,
        ended_at=row.ended_at,
    )
