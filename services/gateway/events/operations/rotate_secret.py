"""Exchange a subscription's secret."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.errors import SubscriptionNotFoundError
from services.gateway.events.domain.records import Subscription
from services.gateway.events.store import subscriptions
from services.gateway.events.store.sealing import SecretBox


async def rotate_secret(
    session: AsyncSession, subscription_id: UUID, *, organisation: str, overlap: timedelta, box: SecretBox, at: datetime
) -> tuple[Subscription, bytes]:
    """Make a new secret; the present one signs as well until the overlap is over, one before that no longer.

    Args:
        session: The transaction.
        subscription_id: Which one.
        organisation: The partner.
        overlap: How long both are good; nothing, where the present one has leaked.
        box: Seals the secret.
        at: The present instant.

    Raises:
        SubscriptionNotFoundError: There is none, or it is another organisation's.
    """
    if await subscriptions.find(session, subscription_id, organisation, to_change=True) is None:
        raise SubscriptionNotFoundError
    plain, sealed = box.new(subscription_id)
    return await subscriptions.rotate(session, subscription_id, sealed, former_until=at + overlap, at=at), plain
