"""Rectifications: a person says that something about her is wrong, and has an answer within ten clear days.

Clear days: the day of the request does not count, and the answer is due by the end of the tenth whole day after it.
The stricter reading of a clear day gives one day more, and some count working days; the earliest end binds us.
Source: law 09-08 art. 8 (certainty: memory); facts.md 7; the reading is design.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.registry.domain.consents import Channel


class RectificationState(StrEnum):
    """Where a request stands."""

    OPEN = "open"
    ACCEPTED = "accepted"
    PARTLY_ACCEPTED = "partly_accepted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class RectificationNotFoundError(LookupError):
    """The person has made no such request."""


class RectificationAnsweredError(Exception):
    """The request has its answer."""


class ChangeRequestNotApprovedError(Exception):
    """The change request that an answer names is not approved."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation that has read what is now put right.

    Attributes:
        reads: How often.
        purposes: What for.
    """

    organisation: str
    reads: int
    first_at: datetime
    last_at: datetime
    purposes: tuple[str, ...]

    def document(self) -> dict[str, Any]:
        """Return it as it is kept and shown."""
        return {
            "organisation": self.organisation,
            "reads": self.reads,
            "first_at": self.first_at.isoformat(),
            "last_at": self.last_at.isoformat(),
            "purposes": list(self.purposes),
        }


@dataclass(frozen=True, slots=True)
class Access:
    """One entry of the audit trail about a person.

    Attributes:
        action: operationId.
        outcome: `ok`, or why not.
    """

    at: datetime
    organisation: str
    action: str
    outcome: str
    purpose: str | None


@dataclass(frozen=True, slots=True)
class Rectification:
    """One request and its answer.

    Attributes:
        fields: What is wrong: fields of the person.
        said: What is wrong with it, in her words.
        wanted: What it should say.
        due_on: The last day to answer.
        change_request_id: The change that puts it right, where one was needed.
        recipients: Who has read the old value, found out with the answer; None before it.
    """

    id: UUID
    person_id: UUID
    number: str
    state: RectificationState
    fields: tuple[str, ...]
    said: str
    wanted: str
    channel: Channel
    documents: tuple[UUID, ...]
    received_on: date
    due_on: date
    recorded_at: datetime
    organisation: str
    change_request_id: UUID | None = None
    answered_on: date | None = None
    answered_at: datetime | None = None
    answered_by: str | None = None
    reasons: str | None = None
    recipients: tuple[dict[str, Any], ...] | None = None

    def overdue_on(self, day: date) -> bool:
        """Say whether it should have been answered by then."""
        return self.state is RectificationState.OPEN and day > self.due_on

    def days_left_on(self, day: date) -> int | None:
        """Return the whole days that are left, negative when it is late; None once it is answered."""
        return (self.due_on - day).days if self.state is RectificationState.OPEN else None


def due_on(received_on: date, clear_days: int) -> date:
    """Return the last day to answer.

    Example:
        >>> due_on(date(2026, 11, 23), 10)
        datetime.date(2026, 12, 3)
    """
    return received_on + timedelta(days=clear_days)


def check_unanswered(rectification: Rectification) -> None:
    """Let a request be answered once.

    Raises:
        RectificationAnsweredError: It is, or it was withdrawn.
    """
    if rectification.state is not RectificationState.OPEN:
        raise RectificationAnsweredError


_READING = ("read_", "list_", "export_", "search_", "download_")
"""How the operations begin that show an organisation something of a person."""


def recipients_of(accesses: Iterable[Access], *, but: str) -> tuple[Recipient, ...]:
    """Return who has read something of a person, by organisation.

    Args:
        accesses: Entries of the audit trail about her.
        but: The organisation that answers: it need not be told.
    """
    found: dict[str, list[Access]] = {}
    for access in accesses:
        shown = access.outcome in {"ok", "replayed"} and access.action.startswith(_READING)
        if shown and access.organisation not in {but, ""}:
            found.setdefault(access.organisation, []).append(access)
    return tuple(
        Recipient(
            organisation,
            len(entries),
            min(entry.at for entry in entries),
            max(entry.at for entry in entries),
            tuple(sorted({entry.purpose for entry in entries if entry.purpose})),
        )
        for organisation, entries in sorted(found.items())
    )


@dataclass(frozen=True, slots=True)
class Figures:
    """The indicator DPR01 over a period. Source: facts.md 8.2.

    Attributes:
        requests: Received in the period and not withdrawn.
        in_time: Of these, answered by the day they were due.
        late: Answered later.
        open: Not answered, still in time.
        overdue: Not answered, and late.
    """

    requests: int
    in_time: int
    late: int
    open: int
    overdue: int

    @property
    def value(self) -> float | None:
        """In time, in per cent of those whose time is up or that are answered; None where there is none."""
        measured = self.requests - self.open
        return round(100 * self.in_time / measured, 1) if measured else None
