"""Send a test."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.errors import SubscriptionNotFoundError, SubscriptionStoppedError
from services.gateway.events.domain.records import Delivery
from services.gateway.events.store import deliveries, subscriptions


async def send_test(session: AsyncSession, subscription_id: UUID, *, organisation: str, at: datetime) -> Delivery:
    """Have a ping sent that says nothing but that it came.

    Raises:
        SubscriptionNotFoundError: There is none, or it is another organisation's.
        SubscriptionStoppedError: Nothing is sent for it now.
    """
    found = await subscriptions.find(session, subscription_id, organisation, to_change=True)
    if found is None:
        raise SubscriptionNotFoundError
    if not found.active or found.stopped is not None:
        raise SubscriptionStoppedError
    return await deliveries.add_ping(session, subscription_id, at=at)
