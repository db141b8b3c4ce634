"""Take in that a person says something about her is wrong."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.consents import Channel
from services.registry.domain.rectifications import Rectification, RectificationState, due_on
from services.registry.domain.rights import RECTIFICATION_CLEAR_DAYS, past_day, receipt_number
from services.registry.store import receipts, rectifications, rights_rules


@dataclass(frozen=True, slots=True)
class Complaint:
    """What is wrong, in her words.

    Attributes:
        fields: Fields of the person.
        wanted: What they should say.
        received_on: None for today.
    """

    fields: Sequence[str]
    said: str
    wanted: str
    channel: Channel
    received_on: date | None
    documents: Sequence[UUID]


async def request_rectification(
    session: AsyncSession, person_id: UUID, complaint: Complaint, act: Act
) -> Rectification:
    """Return the request with its number and the day by which it must be answered.

    Raises:
        FutureDayError: The day lies ahead.
        EvidenceUnknownError: A document is not hers.
    """
    received_on = past_day("/received_on", complaint.received_on, act.today)
    await receipts.require_documents(session, person_id, complaint.documents)
    rules = await rights_rules.load(session, received_on)
    return await rectifications.add(
        session,
        {
            "person_id": person_id,
            "number": receipt_number("RECT", act.today.year, await receipts.draw_serial(session)),
            "state": RectificationState.OPEN.value,
            "fields": sorted(set(complaint.fields)),
            "said": complaint.said,
            "wanted": complaint.wanted,
            "channel": complaint.channel.value,
            "received_on": received_on,
            "due_on": due_on(received_on, rules.days(RECTIFICATION_CLEAR_DAYS)),
            "documents": list(complaint.documents),
            "recorded_at": act.at,
            "recorded_by": act.source.received_by,
            "organisation": act.source.organisation,
        },
    )
