"""Households: who lives with whom, in what role and on which days; how one is left, split and dissolved.

Source: facts.md 3.5 (spouses may be several, a child of divorced parents is declared with who has custody), 10.9.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from services.kit.periods import Period
from services.registry.domain.errors import PeriodOverlapError
from services.registry.domain.papers import OPEN, Address
from services.registry.domain.persons import Role

MOST_MEMBERS = 60
"""The most that live in one household at once (design): whom its head may ask about travels with her facts."""
ASKING_ROLES = frozenset({Role.HEAD, Role.SPOUSE})
"""Who may ask about the others."""
DAY = timedelta(days=1)


class HouseholdNotFoundError(LookupError):
    """No such household, or none that may be known of."""


class MemberNotFoundError(LookupError):
    """The person is no member of the household."""


class HouseholdDissolvedError(Exception):
    """The household has been dissolved."""


class HouseholdFullError(Exception):
    """More members than a household holds."""


class HouseholdHasHeadError(Exception):
    """A second head on the same day.

    Attributes:
        pointer: JSON Pointer to the role in the input.
    """

    def __init__(self, pointer: str = "/role") -> None:
        super().__init__("household has a head")
        self.pointer = pointer


class NotAMemberError(ValueError):
    """Somebody is to leave a household that she is not in.

    Attributes:
        pointer: JSON Pointer to her id in the input.
    """

    def __init__(self, pointer: str) -> None:
        super().__init__("not a member")
        self.pointer = pointer


class NobodyStaysError(Exception):
    """All members leave: then the household is dissolved, or nobody moves."""


@dataclass(frozen=True, slots=True)
class Household:
    """A household, without its members.

    Attributes:
        organisation: Who made it known.
        version: Raised by what happens in it; not by who leaves it for protection.
        dissolved_on: Its last day.
        dissolution: Why it ended, as given.
    """

    id: UUID
    organisation: str
    version: int
    created_at: datetime
    dissolved_on: date | None = None
    dissolution: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """Belonging to a household.

    Attributes:
        id: Of the stored row; None for a new one.
    """

    person_id: UUID
    role: Role
    valid: Period = OPEN
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """How a membership ends.

    Attributes:
        closed: The row that is no longer known.
        kept: What is known instead; None where she was never there.
    """

    closed: Member
    kept: Member | None


def join(members: Sequence[Member], new: Member, at: str = "") -> None:
    """See that somebody can be a member beside the others.

    Args:
        members: The others, and her own former days.
        new: Who joins.
        at: JSON Pointer to what says so.

    Raises:
        PeriodOverlapError: She is a member on one of the days.
        HouseholdHasHeadError: Somebody else is the head on one of the days.
        HouseholdFullError: There are too many on one of the days.
    """
    beside = [member for member in members if member.valid.overlaps(new.valid)]
    if any(member.person_id == new.person_id for member in beside):
        raise PeriodOverlapError(f"{at}/valid_from")
    if new.role is Role.HEAD and any(member.role is Role.HEAD for member in beside):
        raise HouseholdHasHeadError(f"{at}/role")
    if len(beside) >= MOST_MEMBERS:
        raise HouseholdFullError


def leave(member: Member, last_day: date) -> Departure:
    """Return how a membership ends on its last day."""
    if member.valid.start is not None and member.valid.start > last_day:
        return Departure(member, None)
    return Departure(member, replace(member, id=None, valid=Period(member.valid.start, last_day)))


def present(members: Sequence[Member], on: date) -> tuple[Member, ...]:
    """Return who is a member on a day."""
    return tuple(member for member in members if member.valid.contains(on))


def latest(members: Sequence[Member], person_id: UUID) -> Member:
    """Return the last membership of a person.

    Raises:
        MemberNotFoundError: She has none.
    """
    hers = [member for member in members if member.person_id == person_id]
    if not hers:
        raise MemberNotFoundError
    return max(hers, key=lambda member: (member.valid.end is None, member.valid.end or date.max))


@dataclass(frozen=True, slots=True)
class Split:
    """A household of which some leave together.

    Attributes:
        departures: How their memberships end.
        arrivals: Who they are in the household that they found.
        left: Those of whom somebody who leaves for protection is protected, unless others are named: the head.
    """

    departures: tuple[Departure, ...]
    arrivals: tuple[Member, ...]
    left: tuple[UUID, ...]


def split(members: Sequence[Member], leaving: Sequence[UUID], on: date, head: UUID | None = None) -> Split:
    """Return what becomes of a household when some leave it and found their own on a day.

    Whoever was no child leads the new one, unless another is named; children stay children, anybody else is OTHER.

    Raises:
        NotAMemberError: One of them is not in it on that day.
        NobodyStaysError: All of them leave.
    """
    there = {member.person_id: member for member in present(members, on)}
    for place, person_id in enumerate(leaving):
        if person_id not in there:
            raise NotAMemberError(f"/leaving/{place}")
    if len(leaving) == len(there):
        raise NobodyStaysError
    if head is not None and head not in leaving:
        raise NotAMemberError("/head")
    grown = [person_id for person_id in leaving if there[person_id].role is not Role.CHILD]
    leader = head or next(iter(grown), leaving[0])
    return Split(
        departures=tuple(leave(there[person_id], on - DAY) for person_id in leaving),
        arrivals=tuple(Member(one, _role(there[one].role, leads=one == leader), Period(on, None)) for one in leaving),
        left=tuple(one for one, member in there.items() if member.role is Role.HEAD and one not in leaving),
    )


def _role(before: Role, *, leads: bool) -> Role:
    if leads:
        return Role.HEAD
    return Role.CHILD if before is Role.CHILD else Role.OTHER


def asking(members: Sequence[Member], on: date, *, but: Collection[UUID] = ()) -> list[UUID]:
    """Return who may ask about the others on a day: when they come or go, her own facts change."""
    found = {member.person_id for member in present(members, on) if member.role in ASKING_ROLES}
    return sorted(found - set(but))


def vacate(addresses: Sequence[Address], on: date) -> tuple[Address, ...]:
    """Return addresses after somebody has left the one she had, for a place that is not told."""
    kept = []
    for address in addresses:
        if not address.valid.contains(on):
            kept.append(address)
        elif address.valid.start is None or address.valid.start < on:
            kept.append(replace(address, id=None, valid=Period(address.valid.start, on - DAY)))
    return tuple(kept)
