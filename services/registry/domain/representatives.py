"""Who acts for a person: another person, an organisation, or one account or client of it.

Whoever represents a person is kept from those who are protected from her. Source: facts.md 6.5, 6.6 (design).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from services.kit.periods import Period
from services.registry.domain.papers import OPEN

MOST_REPRESENTATIVES = 20
"""The most at a time for one person: all travel with the facts of those who are protected from her (design)."""


class RepresentativeNotFoundError(LookupError):
    """The person has no such representative, or none that may be known of."""


class RepresentativeUnclearError(ValueError):
    """Nobody is named, or a person and an organisation both, or the person herself."""


class RepresentativeTwiceError(Exception):
    """The same acts for the person already, on one of the days."""


class TooManyRepresentativesError(Exception):
    """More at a time than one person has."""


class Capacity(StrEnum):
    """In what capacity somebody acts for a person."""

    LAWYER = "LAWYER"
    GUARDIAN = "GUARDIAN"
    ASSOCIATION = "ASSOCIATION"
    FAMILY = "FAMILY"
    PROXY = "PROXY"


@dataclass(frozen=True, slots=True)
class Representative:
    """Somebody who acts for a person.

    Attributes:
        representative_id: A person of the register; then no organisation and no subject.
        organisation: A partner, as a whole unless a subject is named.
        subject: One account or client.
    """

    person_id: UUID
    capacity: Capacity
    representative_id: UUID | None = None
    organisation: str | None = None
    subject: str | None = None
    valid: Period = OPEN
    id: UUID | None = None

    @property
    def who(self) -> tuple[UUID | None, str | None, str | None]:
        """What tells one from another."""
        return self.representative_id, self.organisation, self.subject


def appoint(new: Representative, known: Iterable[Representative]) -> Representative:
    """See that somebody can act for a person.

    Args:
        new: Who is to act.
        known: Who acts for her, on whatever days.

    Raises:
        RepresentativeUnclearError: It is not said who, or it is herself.
        RepresentativeTwiceError: The same acts for her on one of the days.
        TooManyRepresentativesError: There are too many on one of the days.
    """
    is_person = new.representative_id is not None
    is_caller = new.organisation is not None or new.subject is not None
    if is_person == is_caller or new.representative_id == new.person_id:
        raise RepresentativeUnclearError
    beside = [one for one in known if one.valid.overlaps(new.valid)]
    if any(one.who == new.who for one in beside):
        raise RepresentativeTwiceError
    if len(beside) >= MOST_REPRESENTATIVES:
        raise TooManyRepresentativesError
    return new
