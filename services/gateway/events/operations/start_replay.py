"""Start a replay."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.background.jobs import Job
from services.gateway.events.domain.errors import (
    ReplayWindowError,
    SubscriptionNotFoundError,
    SubscriptionStoppedError,
)
from services.gateway.events.store import events, subscriptions
from services.kit.callers import Caller

STORE = "gateway"
REPLAY, REVIVE = "replay_events", "revive_dead_letters"


@dataclass(frozen=True, slots=True)
class Window:
    """Which events are to be sent again.

    Attributes:
        after: A cursor of `/v1/events`; None begins with the oldest kept.
        since: Only those taken up from this instant on.
        until: Only those taken up before this instant; now where nothing is said.
        dead: Not by time: the dead letters alone.
    """

    after: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    dead: bool = False


async def start_replay(
    session: AsyncSession, subscription_id: UUID, window: Window, *, caller: Caller, kept: timedelta, at: datetime
) -> Job:
    """Queue a job that has events sent again, in their order and under the rights of now and of then.

    Args:
        session: The transaction.
        subscription_id: For which subscription.
        window: Which events.
        caller: Who asks; her organisation alone sees the job.
        kept: How long events are kept.
        at: The present instant.

    Raises:
        SubscriptionNotFoundError: There is none, or it is another organisation's.
        SubscriptionStoppedError: Nothing is sent for it now.
        ReplayWindowError: The period is empty, or reaches further back than events are kept.
    """
    found = await subscriptions.find(session, subscription_id, caller.organisation)
    if found is None:
        raise SubscriptionNotFoundError
    if not found.active or found.stopped is not None:
        raise SubscriptionStoppedError
    since, until = window.since or at - kept, min(window.until or at, at)
    if not window.dead and (since < at - kept or since >= until):
        raise ReplayWindowError
    arguments: Mapping[str, Any] = {
        "subscription_id": str(subscription_id),
        "organisation": caller.organisation,
        "after": window.after or events.START,
        "since": since.isoformat(),
        "until": until.isoformat(),
        "asked_at": at.isoformat(),
    }
    kind = REVIVE if window.dead else REPLAY
    return await jobs.enqueue(session, store=STORE, kind=kind, arguments=arguments, caller=caller)
