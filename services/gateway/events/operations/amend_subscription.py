"""Amend a subscription."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.catalogue import Catalogue
from services.gateway.events.domain.errors import SubscriptionNotFoundError
from services.gateway.events.domain.records import Subscription, SubscriptionDraft
from services.gateway.events.store import subscriptions
from services.kit.etags import VersionConflictError


async def amend_subscription(
    session: AsyncSession,
    subscription_id: UUID,
    draft: SubscriptionDraft,
    *,
    organisation: str,
    version: int,
    catalogue: Catalogue,
    at: datetime,
) -> Subscription:
    """Replace what a subscription says; one that the house had stopped begins again.

    Args:
        session: The transaction.
        subscription_id: Which one.
        draft: All that is to be said of it; its address was checked.
        organisation: The partner.
        version: The version that the change was made on.
        catalogue: The types there are.
        at: The present instant.

    Raises:
        SubscriptionNotFoundError: There is none, or it is another organisation's.
        VersionConflictError: It changed since.
        EventTypeUnknownError: A pattern matches no type.
    """
    current = await subscriptions.find(session, subscription_id, organisation, to_change=True)
    if current is None:
        raise SubscriptionNotFoundError
    if current.version != version:
        raise VersionConflictError
    catalogue.matching(draft.types)
    return await subscriptions.amend(session, subscription_id, draft, at=at)
