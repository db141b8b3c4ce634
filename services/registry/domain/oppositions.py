"""Oppositions: a person says no to a use of her data.

What can be stopped stops with the request itself, so that she need not wait; a person then assesses her grounds. What
a law demands goes on. Nothing is refused by a program alone. Source: law 09-08 art. 9 and 11; facts.md 7 (design).
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from services.registry.domain.consents import Channel


class OppositionState(StrEnum):
    """Where an opposition stands; sharing is stopped while it is received or upheld."""

    RECEIVED = "received"
    UPHELD = "upheld"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class OppositionNotFoundError(LookupError):
    """The person has made no such opposition."""


class OppositionClosedError(Exception):
    """It is rejected or withdrawn, or assessed already."""


class StatutoryOnlyError(Exception):
    """A law demands everything that it is against: there is nothing to uphold."""


@dataclass(frozen=True, slots=True)
class Opposition:
    """One opposition and what became of it.

    Attributes:
        recipient: The organisation that is to receive nothing; None for all.
        purposes: What for; None for every purpose.
        stopped: Purposes for which sharing stops.
        statutory: Purposes that a law demands, and that go on.
        due_on: The last day to assess it.
    """

    id: UUID
    person_id: UUID
    number: str
    state: OppositionState
    recipient: str | None
    purposes: tuple[str, ...] | None
    stopped: tuple[str, ...]
    statutory: tuple[str, ...]
    grounds: str
    channel: Channel
    received_on: date
    due_on: date
    documents: tuple[UUID, ...]
    recorded_at: datetime
    organisation: str
    assessed_at: datetime | None = None
    assessed_by: str | None = None
    reasons: str | None = None
    ended_at: datetime | None = None
    end_reason: str | None = None

    def overdue_on(self, day: date) -> bool:
        """Say whether somebody should have assessed it by then."""
        return self.state is OppositionState.RECEIVED and day > self.due_on


def check_assessable(opposition: Opposition, *, uphold: bool) -> None:
    """Let an opposition be assessed.

    Raises:
        OppositionClosedError: It has been, or is withdrawn.
        StatutoryOnlyError: It is to be upheld, and there is nothing that could be stopped.
    """
    if opposition.state is not OppositionState.RECEIVED:
        raise OppositionClosedError
    if uphold and not opposition.stopped:
        raise StatutoryOnlyError


def check_withdrawable(opposition: Opposition) -> None:
    """Let the person take an opposition back.

    Raises:
        OppositionClosedError: There is nothing in force any more.
    """
    if opposition.state not in {OppositionState.RECEIVED, OppositionState.UPHELD}:
        raise OppositionClosedError
