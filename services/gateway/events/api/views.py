"""Records as they are shown."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.api.dependencies import Tools
from services.gateway.events.contract import subscriptions as wire
from services.gateway.events.domain import records
from services.gateway.events.store.ports import Rights

AGREEMENT_EXPIRED = "agreement_expired"


async def subscription(
    session: AsyncSession, record: records.Subscription, tools: Tools, *, at: datetime
) -> wire.Subscription:
    """Return a subscription, with what its agreements are worth today."""
    return wire.Subscription(**await _fields(session, record, tools, at))


async def with_secret(
    session: AsyncSession, record: records.Subscription, secret: str, tools: Tools, *, at: datetime
) -> wire.SubscriptionWithSecret:
    """Return a subscription with its secret."""
    return wire.SubscriptionWithSecret(**await _fields(session, record, tools, at), secret=secret)


def delivery(record: records.Delivery) -> wire.Delivery:
    """Return a delivery."""
    return wire.Delivery(**_delivery_fields(record))


def delivery_with(record: records.Delivery, attempts: list[records.Attempt]) -> wire.DeliveryWithAttempts:
    """Return a delivery with its attempts."""
    shown = [wire.Attempt.model_validate(each, from_attributes=True) for each in attempts]
    return wire.DeliveryWithAttempts(**_delivery_fields(record), attempt_list=shown)


async def _fields(session: AsyncSession, record: records.Subscription, tools: Tools, at: datetime) -> dict[str, object]:
    given = await Rights(tools.given_to).given(session, record.organisation, record.purpose, at)
    lapsed = tools.catalogue.resources_of(record.types).isdisjoint(given)
    stopped = None if record.stopped is None else record.stopped.value
    return {
        "id": record.id,
        "url": record.url,
        "types": list(record.types),
        "purpose": record.purpose,
        "description": record.description,
        "active": record.active,
        "paused": stopped or (AGREEMENT_EXPIRED if lapsed else None),
        "failing_since": record.failing_since,
        "former_secret_until": record.former_until if record.former_until and record.former_until > at else None,
        "version": record.version,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
    }


def _delivery_fields(record: records.Delivery) -> dict[str, object]:
    return {
        "id": record.id,
        "webhook_id": f"evt_{(record.event_id or record.id).hex}",
        "event_id": record.event_id,
        "type": record.type,
        "state": record.state,
        "attempts": record.attempts,
        "next_attempt_at": record.next_at,
        "created_at": record.created_at,
        "ended_at": record.ended_at,
    }
