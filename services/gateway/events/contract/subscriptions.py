"""Subscriptions and deliveries on the wire."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from services.gateway.events.domain.records import DeliveryState
from services.gateway.events.domain.targets import LONGEST_URL
from services.kit.callers import Purpose
from services.kit.fields import StrictModel, Text

MOST_TYPES = 50
Url = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=LONGEST_URL),
    Field(description="Where deliveries go: https, a public name, port 443 or 8443", examples=["https://a.example/in"]),
]
TypePattern = Annotated[
    str,
    StringConstraints(strict=True, pattern=r"^(\*|[a-z_]{1,40}\.(\*|[a-z_]{1,60}))$"),
    Field(description="A type of docs/events.md, all of a family, or everything", examples=["person.*"]),
]
Types = Annotated[list[TypePattern], Field(min_length=1, max_length=MOST_TYPES)]
Hours = Annotated[int, Field(strict=True, ge=0, le=168)]
CursorText = Annotated[str, StringConstraints(strict=True, pattern=r"^[0-9]{1,19}\.[0-9]{1,18}$")]


class SubscriptionRequest(StrictModel):
    """A new subscription."""

    url: Url
    types: Types
    purpose: Purpose = Field(description="What for; must be in your agreement")
    description: Text | None = None


class SubscriptionPatch(StrictModel):
    """A merge patch; the purpose of a subscription does not change."""

    url: Url | None = None
    types: Types | None = None
    description: Text | None = None
    active: bool | None = None

    @model_validator(mode="after")
    def _only_the_description_may_go(self) -> "SubscriptionPatch":
        gone = [name for name in self.model_fields_set - {"description"} if getattr(self, name) is None]
        if gone:
            raise ValueError("only the description can be taken away")
        return self


class Subscription(StrictModel):
    """A subscription.

    Attributes:
        active: Whether the partner wants events.
        paused: Why nothing is sent although it is active; null while events flow.
        failing_since: First failure since the last success; null while the receiver takes what it is sent.
        former_secret_until: Until when deliveries are signed with the former secret as well.
    """

    id: UUID
    url: str
    types: list[str]
    purpose: str
    description: str | None
    active: bool
    paused: str | None = Field(
        description="`agreement_expired`, `receiver_gone` (it answered 410), `receiver_failing` (for days); or null"
    )
    failing_since: datetime | None
    former_secret_until: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime


class SubscriptionWithSecret(Subscription):
    """A subscription with its secret, which is shown this once."""

    secret: str = Field(description="`whsec_...`, as Standard Webhooks writes it", examples=["whsec_..."])


class SubscriptionPage(StrictModel):
    """Subscriptions."""

    items: list[Subscription]
    next: str | None


class RotationRequest(StrictModel):
    """How long the present secret stays good beside the new one."""

    overlap_hours: Hours = Field(default=24, description="Hours with two signatures; 0 where the secret has leaked")


class EmptyRequest(StrictModel):
    """Nothing needs to be said."""


class Delivery(StrictModel):
    """One event for one subscription; whom it is about is not repeated here.

    Attributes:
        event_id: The event; null for a test.
        next_attempt_at: Null once it has ended.
    """

    id: UUID
    webhook_id: str
    event_id: UUID | None
    type: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    created_at: datetime
    ended_at: datetime | None


class DeliveryPage(StrictModel):
    """Deliveries, the newest first."""

    items: list[Delivery]
    next: str | None


class Attempt(StrictModel):
    """One try; nothing of what the receiver answered but its status."""

    number: int
    at: datetime
    duration_ms: int
    status: int | None
    error_code: str | None


class DeliveryWithAttempts(Delivery):
    """A delivery with its latest attempts."""

    attempt_list: list[Attempt]


class ReplayRequest(StrictModel):
    """Which events to send again: from a cursor or from an instant on."""

    after: CursorText | None = Field(default=None, description="A cursor of `/v1/events`")
    from_time: datetime | None = Field(default=None, description="With its zone")
    until: datetime | None = Field(default=None, description="With its zone; now where it is left out")

    @model_validator(mode="after")
    def _one_beginning(self) -> "ReplayRequest":
        if (self.after is None) == (self.from_time is None):
            raise ValueError("give either `after` or `from_time`")
        if any(each is not None and each.tzinfo is None for each in (self.from_time, self.until)):
            raise ValueError("give instants with their zone")
        return self
