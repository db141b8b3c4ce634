"""Erasure: two people ask for it, nothing holds it up, and afterwards a tombstone says that it was done."""

from calendar import monthrange
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.registry.domain.change_requests import SecondPersonRequiredError


class ErasureReason(StrEnum):
    """Why a person is erased; no free text, for it would outlive her."""

    SUBJECT_REQUEST = "SUBJECT_REQUEST"
    CONSENT_WITHDRAWN = "CONSENT_WITHDRAWN"
    ENTERED_IN_ERROR = "ENTERED_IN_ERROR"
    UNLAWFUL = "UNLAWFUL"
    RETENTION = "RETENTION"


class ErasureState(StrEnum):
    """Where an erasure stands; `erased` is its tombstone."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    ERASED = "erased"
    WITHDRAWN = "withdrawn"


class HoldReason(StrEnum):
    """Why somebody's data must be kept."""

    JUDICIAL = "JUDICIAL"
    COMPLAINT = "COMPLAINT"
    AUDIT = "AUDIT"
    OTHER = "OTHER"


class HeldError(Exception):
    """A legal hold stands: nothing of her is erased before it is lifted."""


class ErasureNotFoundError(LookupError):
    """No such erasure, or not one that the caller may know of."""


class ErasurePendingError(Exception):
    """There is one for this person already."""


class ErasureClosedError(Exception):
    """It is confirmed, done or withdrawn."""


class HoldNotFoundError(LookupError):
    """The person has no such hold, or it is lifted."""


class ProposalNotFoundError(LookupError):
    """No such retention proposal, or not one that the caller may know of."""


class ProposalClosedError(Exception):
    """It is confirmed, done or withdrawn."""


class NothingDueError(Exception):
    """Nothing of the class has been kept for too long."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """An erasure as it stands.

    Attributes:
        counts: Rows erased, by table; None before.
        documents: Ids of the documents whose content went with her.
        ledger_at: When it was written into the ledger outside the database.
    """

    id: UUID
    person_id: UUID
    reason: ErasureReason
    state: ErasureState
    organisation: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    job_id: str | None = None
    erased_at: datetime | None = None
    counts: Mapping[str, int] | None = None
    documents: Sequence[str] = field(default_factory=tuple)
    ledger_at: datetime | None = None

    def check_confirmable(self, by: str) -> None:
        """See that somebody may confirm it.

        Raises:
            ErasureClosedError: It is no longer a proposal.
            SecondPersonRequiredError: Who proposed does not confirm.
        """
        if self.state is not ErasureState.PROPOSED:
            raise ErasureClosedError
        if by == self.proposed_by:
            raise SecondPersonRequiredError


@dataclass(frozen=True, slots=True)
class Hold:
    """An order to keep a person's data.

    Attributes:
        reference: Number of the order, as the authority writes it.
    """

    id: UUID
    person_id: UUID
    reason: HoldReason
    reference: str | None
    organisation: str
    placed_by: str
    placed_at: datetime
    lifted_by: str | None = None
    lifted_at: datetime | None = None

    def check_liftable(self, by: str) -> None:
        """See that somebody may lift it: what follows may be an erasure, so another than who placed it.

        Raises:
            HoldNotFoundError: It is lifted.
            SecondPersonRequiredError: Who placed it does not lift it.
        """
        if self.lifted_at is not None:
            raise HoldNotFoundError
        if by == self.placed_by:
            raise SecondPersonRequiredError


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the ledger: whom a restored database must not bring back.

    Attributes:
        documents: Ids of contents that must not come back either.
    """

    erasure_id: UUID
    person_id: UUID
    reason: ErasureReason
    organisation: str
    erased_at: datetime
    documents: Sequence[str]

    @property
    def key(self) -> str:
        """Where it lies; in the order of time, and naming nobody."""
        return f"erasures/{self.erased_at:%Y%m%dT%H%M%S}-{self.erasure_id}"

    def to_json(self) -> dict[str, Any]:
        """Return what is stored."""
        return {
            "erasure_id": str(self.erasure_id),
            "person_id": str(self.person_id),
            "reason": self.reason.value,
            "organisation": self.organisation,
            "erased_at": self.erased_at.isoformat(),
            "documents": list(self.documents),
        }

    @classmethod
    def from_json(cls, said: Mapping[str, Any]) -> "Entry":
        """Read what `to_json` wrote."""
        return cls(
            UUID(said["erasure_id"]),
            UUID(said["person_id"]),
            ErasureReason(said["reason"]),
            said["organisation"],
            datetime.fromisoformat(said["erased_at"]),
            tuple(said["documents"]),
        )


class ProposalState(StrEnum):
    """Where a retention proposal stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DONE = "done"
    WITHDRAWN = "withdrawn"


@dataclass(frozen=True, slots=True)
class RetentionProposal:
    """What has been kept for longer than its class is, found on a day.

    Attributes:
        months: How long the class is kept.
        before: What was last touched before this day is due.
        due: How many persons; held ones are not among them.
        held: How many more would be, but for a hold.
        rows_of: Whose persons alone; None for everybody's.
    """

    id: UUID
    data_class: str
    months: int
    before: date
    due: int
    held: int
    rows_of: str | None
    state: ProposalState
    organisation: str
    proposed_by: str
    proposed_at: datetime
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None
    job_id: str | None = None

    def check_confirmable(self, by: str) -> None:
        """See that somebody may confirm it.

        Raises:
            ProposalClosedError: It is no longer a proposal.
            SecondPersonRequiredError: Who proposed does not confirm.
        """
        if self.state is not ProposalState.PROPOSED:
            raise ProposalClosedError
        if by == self.proposed_by:
            raise SecondPersonRequiredError


def cut_off(today: date, months: int) -> date:
    """Return the day before which what is kept for so many months is due.

    Example:
        >>> cut_off(date(2026, 3, 31), 13)
        datetime.date(2025, 2, 28)
    """
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    return date(year, month + 1, min(today.day, monthrange(year, month + 1)[1]))
