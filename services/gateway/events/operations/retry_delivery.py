"""Send a delivery again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.errors import (
    DeliveryNotFoundError,
    DeliveryOpenError,
    SubscriptionNotFoundError,
    SubscriptionStoppedError,
)
from services.gateway.events.domain.records import Delivery, DeliveryState
from services.gateway.events.store import deliveries, subscriptions


async def retry_delivery(
    session: AsyncSession, subscription_id: UUID, delivery_id: UUID, *, organisation: str, at: datetime
) -> Delivery:
    """Send one delivery that has ended, now and on a schedule that begins anew; its message id stays.

    Raises:
        SubscriptionNotFoundError: There is none, or it is another organisation's.
        DeliveryNotFoundError: The subscription has none such.
        SubscriptionStoppedError: Nothing is sent for it now.
        DeliveryOpenError: It is on its way already.
    """
    subscription = await subscriptions.find(session, subscription_id, organisation)
    if subscription is None:
        raise SubscriptionNotFoundError
    found = await deliveries.find(session, subscription_id, delivery_id, to_change=True)
    if found is None:
        raise DeliveryNotFoundError
    if not subscription.active or subscription.stopped is not None:
        raise SubscriptionStoppedError
    if found.state is DeliveryState.PENDING:
        raise DeliveryOpenError
    return await deliveries.send_again(session, delivery_id, at=at)
