"""What is kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.kit.withholding import Viewer, Withheld

PING = "indimaj.ping"
"""The type of a test that a partner asks for; it is not in the catalogue and tells nothing."""


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    DELIVERED = "delivered"
    DEAD = "dead"
    WITHHELD = "withheld"


class Stop(StrEnum):
    """Why the house itself has stopped a subscription."""

    GONE = "receiver_gone"
    FAILING = "receiver_failing"


@dataclass(frozen=True, slots=True)
class Change:
    """A row of a service's feed of changes.

    Attributes:
        source: The feed: `registry`, `coverage` or `courses`.
        number: Its number there.
        organisation: Whose row changed; None where it is nobody's in particular.
        references: What it points to, such as `person_id`.
        withheld: From whom the person is kept since; None where the feed does not say.
        withheld_at: The version of her record since which; 0 without.
    """

    source: str
    number: int
    kind: str
    subject: UUID
    version: int
    at: datetime
    organisation: str | None
    references: Mapping[str, Any]
    withheld: Withheld | None = None
    withheld_at: int = 0


@dataclass(frozen=True, slots=True)
class Event:
    """A change as partners may see it.

    Attributes:
        cursor: Where to go on reading after it; empty for a ping.
        data: References and the subject's version.
        recorded_at: When the gateway took it up; agreements are looked at for this day too.
    """

    id: UUID
    source: str
    type: str
    resource: str
    subject: UUID
    organisation: str | None
    at: datetime
    data: Mapping[str, Any]
    recorded_at: datetime
    cursor: str = ""


@dataclass(frozen=True, slots=True)
class Subscription:
    """Where a partner wants events sent.

    Attributes:
        types: Patterns, such as `person.*`.
        purpose: What for; looked up in the organisation's agreements.
        stopped: Why the house stopped it; None while it did not.
        failing_since: First failure since the last success.
        former_until: Until when deliveries are signed with the former secret as well.
        acting_for: The person on whose behalf a program listens; None where it listens for its organisation.
    """

    id: UUID
    organisation: str
    client_id: str
    url: str
    types: tuple[str, ...]
    purpose: str
    description: str | None
    active: bool
    stopped: Stop | None
    failing_since: datetime | None
    former_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
    acting_for: UUID | None = None

    @property
    def viewer(self) -> Viewer:
        """Who is told, for the wall around protected persons."""
        acting_for = None if self.acting_for is None else str(self.acting_for)
        return Viewer(self.organisation, self.client_id, self.purpose, acting_for)


@dataclass(frozen=True, slots=True)
class SubscriptionDraft:
    """What a partner says of a subscription."""

    url: str
    types: tuple[str, ...]
    purpose: str
    description: str | None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Delivery:
    """One event for one subscription.

    Attributes:
        event_id: None for a ping.
        attempts: How often it was tried.
        next_at: When it is tried next; None once it has ended.
    """

    id: UUID
    subscription_id: UUID
    event_id: UUID | None
    type: str
    state: DeliveryState
    attempts: int
    next_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try; never anything of what the receiver answered but its status.

    Attributes:
        status: HTTP status; None where there was no answer.
        error_code: Why it failed; None where it did not.
    """

    number: int
    at: datetime
    duration_ms: int
    status: int | None
    error_code: str | None


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this worker may send until its lease ends.

    Attributes:
        lease: Proves at the end that nobody else has taken it over.
        attempts: How often it was tried before.
        tried_in_round: How often since it was last to be sent anew: the schedule counts from there.
    """

    delivery_id: UUID
    lease: UUID
    attempts: int
    tried_in_round: int
    subscription: Subscription
    event: Event
