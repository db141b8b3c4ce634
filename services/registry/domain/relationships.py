"""Links between two persons: one row, read from both its ends.

Source: facts.md 10.9 (relations), 3.5 (custody decides with whom a child is declared).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

from services.kit.periods import Period
from services.registry.domain.papers import OPEN

WHOLE_CUSTODY = 100


class Kind(StrEnum):
    """What a person is to another."""

    PARENT = "PARENT"
    CHILD = "CHILD"
    GUARDIAN = "GUARDIAN"
    WARD = "WARD"
    KAFIL = "KAFIL"
    MAKFUL = "MAKFUL"
    CUSTODIAN = "CUSTODIAN"
    IN_CUSTODY = "IN_CUSTODY"
    SPOUSE = "SPOUSE"
    SIBLING = "SIBLING"


INVERSE = {
    Kind.PARENT: Kind.CHILD,
    Kind.GUARDIAN: Kind.WARD,
    Kind.KAFIL: Kind.MAKFUL,
    Kind.CUSTODIAN: Kind.IN_CUSTODY,
    Kind.SPOUSE: Kind.SPOUSE,
    Kind.SIBLING: Kind.SIBLING,
}
"""Kinds that are stored, and what they are called from the other end."""
STORED_AS = {inverse: kind for kind, inverse in INVERSE.items()}


class RelationshipNotFoundError(LookupError):
    """The person has no such link, or none that may be known of."""


class SelfRelationshipError(ValueError):
    """A link of a person with herself."""


class CustodyShareError(ValueError):
    """A custodian without a share, or another with one."""


class CustodyOverfullError(Exception):
    """The shares of those who have custody of a child would come to more than the whole."""


@dataclass(frozen=True, slots=True)
class Link:
    """What another person is to one.

    Attributes:
        kind: What the other is.
        person_id: The other.
        share: Of custody, in percent; None for every other kind.
    """

    kind: Kind
    person_id: UUID
    valid: Period = OPEN
    share: int | None = None


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link as it is stored.

    Attributes:
        person_id: Who is the `kind` of the other.
        proven: Whether a paper was seen.
    """

    person_id: UUID
    other_id: UUID
    kind: Kind
    valid: Period = OPEN
    share: int | None = None
    proven: bool = False
    id: UUID | None = None

    def of(self, person_id: UUID) -> Link:
        """Return the link as one of the two sees it."""
        if person_id == self.person_id:
            return Link(INVERSE[self.kind], self.other_id, self.valid, self.share)
        return Link(self.kind, self.person_id, self.valid, self.share)


def relate(person_id: UUID, link: Link, *, proven: bool) -> Relationship:
    """Return the row that says what another is to a person; of two equals the lower id comes first.

    Raises:
        SelfRelationshipError: Both are one.
        CustodyShareError: A share where there is no custody, or custody without one.
    """
    other, kind = link.person_id, link.kind
    if other == person_id:
        raise SelfRelationshipError
    stored = kind if kind in INVERSE else STORED_AS[kind]
    if (link.share is not None) != (stored is Kind.CUSTODIAN):
        raise CustodyShareError
    first, second = (other, person_id) if kind in INVERSE else (person_id, other)
    if INVERSE[stored] is stored:
        first, second = sorted((first, second))
    return Relationship(first, second, stored, link.valid, link.share, proven)


def refuse_overfull(new: Relationship, custodies: Iterable[Relationship]) -> None:
    """See that on no day the shares of a child's custody come to more than the whole. Source: facts.md 3.5 (design).

    Args:
        new: The custody that is to be written; any other kind passes.
        custodies: The other custodies of the same child.

    Raises:
        CustodyOverfullError: They do on some day.
    """
    if new.kind is not Kind.CUSTODIAN:
        return
    beside = [row for row in custodies if row.valid.overlaps(new.valid)]
    for day in {_later(new.valid.start, row.valid.start) for row in beside}:
        held = sum(row.share or 0 for row in beside if _holds(row.valid, day))
        if held + (new.share or 0) > WHOLE_CUSTODY:
            raise CustodyOverfullError


def _later(one: date | None, other: date | None) -> date | None:
    """Return the later of two first days; None comes before all days."""
    return max((day for day in (one, other) if day is not None), default=None)


def _holds(valid: Period, day: date | None) -> bool:
    """Say whether a period holds on a day; None is the day before all days."""
    return valid.start is None if day is None else valid.contains(day)
