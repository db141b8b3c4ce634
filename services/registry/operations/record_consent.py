"""Record that a person agrees to a use of her data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.consents import Channel, Consent, Giver, check_notice
from services.registry.domain.rights import past_day, receipt_number
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import consents, notices, receipts, sharing_stops


@dataclass(frozen=True, slots=True)
class Given:
    """What a person agreed to, and how.

    Attributes:
        notice: Code and version of what she was shown.
        given_on: None for today.
    """

    purpose: str
    recipient: str | None
    notice: tuple[str, int]
    language: str
    channel: Channel
    given_by: Giver
    given_on: date | None
    expires_on: date | None
    documents: Sequence[UUID]


async def record_consent(session: AsyncSession, person_id: UUID, given: Given, act: Act) -> Consent:
    """Return the consent as recorded. It replaces the one before, and ends what that one's withdrawal had stopped.

    Raises:
        NoticeNotInForceError: She cannot have been shown that notice.
        FutureDayError: The day lies ahead.
        EvidenceUnknownError: A document is not hers.
    """
    given_on = past_day("/given_on", given.given_on, act.today)
    check_notice(await notices.find(session, *given.notice), given.purpose, given_on)
    await receipts.require_documents(session, person_id, given.documents)
    await consents.replace_live(session, person_id, given.purpose, given.recipient, at=act.at, on=given_on)
    consent = await consents.add(
        session,
        {
            "person_id": person_id,
            "number": receipt_number("CONS", act.today.year, await receipts.draw_serial(session)),
            "purpose": given.purpose,
            "recipient": given.recipient,
            "notice_code": given.notice[0],
            "notice_version": given.notice[1],
            "language": given.language,
            "channel": given.channel.value,
            "given_by": given.given_by.value,
            "given_on": given_on,
            "expires_on": given.expires_on,
            "documents": list(given.documents),
            "recorded_at": act.at,
            "recorded_by": act.source.received_by,
            "organisation": act.source.organisation,
        },
    )
    if await sharing_stops.end_of_consents(session, person_id, given.recipient, given.purpose, at=act.at):
        await refresh_sharing(session, person_id, act)
    return consent
