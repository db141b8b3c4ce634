"""Remove a subscription."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.errors import SubscriptionNotFoundError
from services.gateway.events.store import subscriptions
from services.kit.etags import VersionConflictError


async def remove_subscription(session: AsyncSession, subscription_id: UUID, *, organisation: str, version: int) -> None:
    """Remove a subscription with its deliveries and its secrets; what is being sent at this moment still arrives.

    Raises:
        SubscriptionNotFoundError: There is none, or it is another organisation's.
        VersionConflictError: It changed since it was read.
    """
    current = await subscriptions.find(session, subscription_id, organisation, to_change=True)
    if current is None:
        raise SubscriptionNotFoundError
    if current.version != version:
        raise VersionConflictError
    await subscriptions.remove(session, subscription_id)
