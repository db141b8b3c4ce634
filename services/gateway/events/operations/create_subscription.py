"""Create a subscription."""

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.catalogue import Catalogue
from services.gateway.events.domain.errors import NothingAgreedError, TooManySubscriptionsError
from services.gateway.events.domain.records import Subscription, SubscriptionDraft
from services.gateway.events.store import subscriptions
from services.gateway.events.store.ports import GivenTo, Rights
from services.gateway.events.store.sealing import SecretBox


async def create_subscription(
    session: AsyncSession,
    draft: SubscriptionDraft,
    *,
    organisation: str,
    client_id: str,
    catalogue: Catalogue,
    given_to: GivenTo,
    box: SecretBox,
    most: int,
    at: datetime,
    acting_for: UUID | None = None,
) -> tuple[Subscription, bytes]:
    """Store a subscription whose address was checked; return it with its secret, which nobody is shown again.

    Args:
        session: The transaction.
        draft: What the partner wants.
        organisation: The partner.
        client_id: Its client.
        catalogue: The types there are.
        given_to: Asks the agreements.
        box: Seals the secret.
        most: How many an organisation may have.
        at: The present instant.
        acting_for: The person on whose behalf the client listens: it is told of her and those she may ask about.

    Raises:
        EventTypeUnknownError: A pattern matches no type.
        NothingAgreedError: No agreement gives any of it for the purpose.
        TooManySubscriptionsError: The organisation has enough.
    """
    catalogue.matching(draft.types)
    given = await Rights(given_to).given(session, organisation, draft.purpose, at)
    if catalogue.resources_of(draft.types).isdisjoint(given):
        raise NothingAgreedError
    if await subscriptions.count_and_lock(session, organisation) >= most:
        raise TooManySubscriptionsError
    subscription_id = uuid4()
    plain, sealed = box.new(subscription_id)
    made = await subscriptions.add(
        session,
        subscription_id,
        draft,
        organisation=organisation,
        client_id=client_id,
        sealed=sealed,
        at=at,
        acting_for=acting_for,
    )
    return made, plain
