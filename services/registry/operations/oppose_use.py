"""Take in that a person says no to a use of her data."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.consents import Channel
from services.registry.domain.oppositions import Opposition, OppositionState
from services.registry.domain.rights import OPPOSITION_DAYS, past_day, receipt_number, split_statutory
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import oppositions, receipts, rights_rules, sharing_stops


@dataclass(frozen=True, slots=True)
class Objection:
    """What a person says no to, and why.

    Attributes:
        recipient: The organisation that is to receive nothing; None for all.
        purposes: What for; None for every purpose.
        received_on: None for today.
    """

    recipient: str | None
    purposes: Sequence[str] | None
    grounds: str
    channel: Channel
    received_on: date | None
    documents: Sequence[UUID]


async def oppose_use(session: AsyncSession, person_id: UUID, objection: Objection, act: Act) -> Opposition:
    """Return the opposition as received; what can be stopped stops at once, what a law demands goes on.

    Raises:
        FutureDayError: The day lies ahead.
        EvidenceUnknownError: A document is not hers.
    """
    received_on = past_day("/received_on", objection.received_on, act.today)
    await receipts.require_documents(session, person_id, objection.documents)
    stopped, statutory = split_statutory(objection.purposes, await rights_rules.load_purposes(session, act.today))
    rules = await rights_rules.load(session, act.today)
    made = await oppositions.add(
        session,
        {
            "person_id": person_id,
            "number": receipt_number("OPPO", act.today.year, await receipts.draw_serial(session)),
            "state": OppositionState.RECEIVED.value,
            "recipient": objection.recipient,
            "purposes": None if objection.purposes is None else list(objection.purposes),
            "stopped": list(stopped),
            "statutory": list(statutory),
            "grounds": objection.grounds,
            "channel": objection.channel.value,
            "received_on": received_on,
            "due_on": received_on + timedelta(days=rules.days(OPPOSITION_DAYS)),
            "documents": list(objection.documents),
            "recorded_at": act.at,
            "recorded_by": act.source.received_by,
            "organisation": act.source.organisation,
        },
    )
    if stopped:
        await sharing_stops.begin(
            session,
            person_id,
            organisation=objection.recipient,
            purposes=stopped,
            cause=sharing_stops.Cause.OPPOSITION,
            cause_id=made.id,
            at=act.at,
        )
        await refresh_sharing(session, person_id, act)
    return made
