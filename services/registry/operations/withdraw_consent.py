"""Take back a consent, with what follows from it."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.consents import (
    SHARING_STOPS,
    Channel,
    Consent,
    ConsentEndedError,
    withdrawal_effects,
)
from services.registry.domain.rights import past_day
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import consents, rights_rules, sharing_stops


async def withdraw_consent(
    session: AsyncSession,
    person_id: UUID,
    consent_id: UUID,
    *,
    on: date | None,
    channel: Channel,
    reason: str | None,
    act: Act,
) -> Consent:
    """Return the consent as withdrawn; its recipient gets nothing more of her, unless a law demands it.

    Args:
        session: The request's transaction.
        person_id: Whose.
        consent_id: Which.
        on: When she said so; None for today.
        channel: How.
        reason: Hers to give or to keep.
        act: Who records it.

    Raises:
        ConsentNotFoundError: The person has given no such consent.
        ConsentEndedError: It is withdrawn or replaced already.
        FutureDayError: The day lies ahead.
    """
    consent = await consents.find(session, person_id, consent_id, to_change=True)
    if consent.end is not None:
        raise ConsentEndedError
    effects = withdrawal_effects(consent.purpose, await rights_rules.load_purposes(session, act.today))
    ended = await consents.withdraw(
        session,
        consent_id,
        {
            "ended_at": act.at,
            "ended_on": past_day("/on", on, act.today),
            "end_reason": reason,
            "end_channel": channel.value,
            "effects": list(effects),
        },
    )
    if SHARING_STOPS in effects:
        await sharing_stops.begin(
            session,
            person_id,
            organisation=consent.recipient,
            purposes=[consent.purpose],
            cause=sharing_stops.Cause.CONSENT,
            cause_id=consent_id,
            at=act.at,
        )
        await refresh_sharing(session, person_id, act)
    return ended
