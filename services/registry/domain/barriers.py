"""Barriers: a person is protected from another, until two of her team have agreed that she no longer need be.

Source: facts.md 6.5 (protective measures of law 103-13) and 6.6; who may lift, and how, is our own design.
"""

from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from services.registry.domain.change_requests import SecondPersonRequiredError
from services.registry.domain.rights import Actor

MOST_BARRIERS = 20
"""The most that stand around one person: with who acts for each of them they still travel with her facts (design)."""


class BarrierNotFoundError(LookupError):
    """No such barrier, or not one of the caller's team."""


class BarrierStandsError(Exception):
    """What is asked would bring a person and one she is protected from together."""


class BarrierToNobodyError(ValueError):
    """Nobody is named from whom to protect, or the protected person herself."""


class TooManyBarriersError(Exception):
    """More barriers around one person than can travel with her facts."""


class LiftNotProposedError(Exception):
    """A second person agrees to what nobody has proposed."""


class OnBothSidesError(Exception):
    """The caller acts for the person from whom another is to be protected: she would serve both sides."""


@dataclass(frozen=True, slots=True)
class LiftProposal:
    """That a barrier be lifted."""

    reason: str
    by: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Barrier:
    """Who is protected from whom.

    Attributes:
        organisation: Her team: who placed it, and who alone may lift it.
        placed_by: The account or client of the team that placed it.
        proposal: That it be lifted; None where nobody has proposed it.
        lifted_by: The second person, who agreed; None while it stands.
    """

    protected_id: UUID
    from_id: UUID
    organisation: str
    placed_by: str
    since: datetime
    reason: str | None = None
    proposal: LiftProposal | None = None
    lifted_by: str | None = None
    lifted_at: datetime | None = None
    id: UUID | None = None

    def propose_lift(self, proposal: LiftProposal) -> "Barrier":
        """Return the barrier with a proposal to lift it, which replaces one before it."""
        return replace(self, proposal=proposal)

    def lift(self, *, by: Actor, at: datetime) -> "Barrier":
        """Return the barrier as lifted.

        Raises:
            LiftNotProposedError: Nobody has proposed it.
            SecondPersonRequiredError: Who agrees is, or may be, the one who proposed.
        """
        if self.proposal is None:
            raise LiftNotProposedError
        if by.may_be(self.proposal.by):
            raise SecondPersonRequiredError
        return replace(self, lifted_by=by.subject, lifted_at=at)


def pairs(protected: Iterable[UUID], from_ids: Collection[UUID]) -> list[tuple[UUID, UUID]]:
    """Return who is to be protected from whom: each from each.

    Raises:
        BarrierToNobodyError: From nobody, or somebody from herself.
    """
    found = [(one, other) for one in protected for other in from_ids]
    if not found or any(one == other for one, other in found):
        raise BarrierToNobodyError
    return found


def refuse_too_many(standing: Iterable[Barrier]) -> None:
    """See that what stands around each person can travel with her facts.

    Raises:
        TooManyBarriersError: More stand around one of them.
    """
    counts = Counter(barrier.protected_id for barrier in standing)
    if any(count > MOST_BARRIERS for count in counts.values()):
        raise TooManyBarriersError
