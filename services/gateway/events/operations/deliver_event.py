"""Deliver one event to one receiver."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.clients.receivers import Receivers
from services.gateway.events.domain.records import PING, Attempt, Claimed, DeliveryState, Stop
from services.gateway.events.domain.schedule import Schedule, is_hopeless, next_attempt_at, read_retry_after
from services.gateway.events.store import claiming, deliveries, subscriptions
from services.gateway.events.store.ports import GivenTo, Rights
from services.gateway.events.store.sealing import SecretBox
from services.kit.audit import Pseudonyms, Trail
from services.kit.callers import Caller
from services.kit.database import Database
from services.kit.http import Receipt

ACTION = "deliver_event"
_OK = range(200, 300)


@dataclass(frozen=True, slots=True)
class DeliveryTools:
    """What a delivery is made with.

    Attributes:
        now: The clock; asked before an attempt and after it.
        dice: Gives 0 to 1, for the jitter of pauses.
    """

    receivers: Receivers
    given_to: GivenTo
    box: SecretBox
    schedule: Schedule
    pseudonyms: Pseudonyms
    now: Callable[[], datetime]
    dice: Callable[[], float]


async def deliver_event(database: Database, claimed: Claimed, tools: DeliveryTools) -> None:
    """Send a leased delivery and keep what became of it; only a 2xx status is a success.

    Whoever dies between the two has sent it: its lease ends and it is sent again, under the same message id. Rights
    are looked at now: without an agreement nothing is sent, now or later.

    Args:
        database: Where the delivery is kept.
        claimed: The delivery, leased to this worker.
        tools: What it is made with.
    """
    subscription, event, began = claimed.subscription, claimed.event, tools.now()
    async with database.sessions.begin() as session:
        if not await claiming.hold(session, claimed, at=began):
            return
        rights = Rights(tools.given_to)
        if event.type != PING and not await rights.may_know(session, event, subscription, began):
            await claiming.end(session, claimed, DeliveryState.WITHHELD, at=began, tried=False)
            return
        sealed = await subscriptions.secrets_of(session, subscription.id, at=began)
    secrets = [tools.box.open(subscription.id, each) for each in sealed]
    receipt = await tools.receivers.send(subscription.url, event, secrets=secrets, at=began)
    done = _Outcome(receipt, began, tools.now())
    async with database.sessions.begin() as session:
        # the subscription's row first, then the delivery's, as whoever stops a subscription takes them
        since = await _note(session, subscription.id, done)
        if await claiming.hold(session, claimed, at=done.at):
            await _record(session, claimed, done, since, tools)


@dataclass(frozen=True, slots=True)
class _Outcome:
    """What became of one attempt, when it began, and when it was over."""

    receipt: Receipt
    began: datetime
    at: datetime

    @property
    def taken(self) -> bool:
        """Whether the receiver has it."""
        return self.receipt.status in _OK


async def _note(session: AsyncSession, subscription_id: UUID, done: _Outcome) -> datetime:
    """Note how the receiver does; return since when it fails."""
    if done.taken:
        await subscriptions.note_success(session, subscription_id)
        return done.at
    return await subscriptions.note_failure(session, subscription_id, at=done.at)


async def _record(
    session: AsyncSession, claimed: Claimed, done: _Outcome, since: datetime, tools: DeliveryTools
) -> None:
    receipt, at = done.receipt, done.at
    error = receipt.error or (None if done.taken else "refused_by_receiver")
    duration_ms = round((at - done.began).total_seconds() * 1000)
    made = Attempt(claimed.attempts + 1, done.began, duration_ms, receipt.status, error)
    await deliveries.add_attempt(session, claimed, made)
    if done.taken:
        await claiming.end(session, claimed, DeliveryState.DELIVERED, at=at, tried=True)
        await _trail(claimed, tools).write(session)
        return
    again_at = next_attempt_at(
        tools.schedule,
        attempts=claimed.tried_in_round + 1,
        at=at,
        dice=tools.dice(),
        retry_after_s=read_retry_after(receipt.retry_after, at=at),
    )
    why = _stopping(receipt, tools.schedule, since, at)
    if again_at is None or why is not None:
        await claiming.end(session, claimed, DeliveryState.DEAD, at=at, tried=True)
    else:
        await claiming.put_off(session, claimed, until=again_at)
    if why is not None:
        await subscriptions.stop(session, claimed.subscription.id, why, at=at)
        await deliveries.give_up_waiting(session, claimed.subscription.id, at=at)


def _stopping(receipt: Receipt, schedule: Schedule, since: datetime, at: datetime) -> Stop | None:
    """Say why the receiver is called no more: it said so itself, or it has failed for days."""
    if receipt.status == HTTPStatus.GONE:
        return Stop.GONE
    return Stop.FAILING if is_hopeless(schedule, failing_since=since, at=at) else None


def _trail(claimed: Claimed, tools: DeliveryTools) -> Trail:
    """Return the audit row of a partner having been told: who, for what, about whom."""
    subscription = claimed.subscription
    trail = Trail(ACTION, str(claimed.delivery_id), tools.pseudonyms)
    trail.caller = Caller(
        subject=subscription.client_id,
        client_id=subscription.client_id,
        organisation=subscription.organisation,
        scopes=frozenset(),
        purpose=subscription.purpose,
    )
    person_id = claimed.event.data.get("person_id")
    if person_id is not None:
        trail.about(UUID(person_id))
    return trail
