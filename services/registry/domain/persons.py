"""A person as the register knows her: what an intake becomes, and what an amendment may change."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.kit.periods import PartialDate, Period
from services.kit.withholding import NOTHING, Withheld
from services.registry.domain.births import UNKNOWN
from services.registry.domain.contacts import Contact, with_contacts, with_ids
from services.registry.domain.findings import Findings
from services.registry.domain.names import Name
from services.registry.domain.papers import OPEN, PERMIT_SYSTEM, Address, Identifier, LegalStatus, Permit
from services.registry.domain.provenance import Evidence
from services.registry.domain.relationships import Link


class Sex(StrEnum):
    """As the papers say. Source: facts.md 10.9."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "X"
    UNKNOWN = "UNKNOWN"


class Role(StrEnum):
    """What a person is in her household."""

    HEAD = "HEAD"
    CHILD = "CHILD"
    SPOUSE = "SPOUSE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Core:
    """What one amendment can change at once: the person herself, without her papers."""

    names: tuple[Name, ...]
    sex: Sex = Sex.UNKNOWN
    birth: PartialDate = UNKNOWN
    birth_declared_as: str | None = None
    birth_place: str | None = None
    mother_name: str | None = None
    father_name: str | None = None
    languages: tuple[str, ...] = ()
    school_level: str | None = None
    contacts: tuple[Contact, ...] = ()
    deceased_on: date | None = None
    birth_source: Evidence | None = None


@dataclass(frozen=True, slots=True)
class HouseholdClaim:
    """Which household an imported row says the person lives in.

    Attributes:
        key: The sender's own name for the household.
        role: What she is in it.
    """

    key: str
    role: Role


@dataclass(frozen=True, slots=True)
class Intake:
    """All that one source record says about a person, checked.

    Attributes:
        unconfirmed: Nationalities that are easily taken for another one, and that nobody confirmed.
    """

    core: Core
    nationalities: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    permits: tuple[Permit, ...] = ()
    legal_statuses: tuple[LegalStatus, ...] = ()
    address: Address | None = None
    household: HouseholdClaim | None = None
    unconfirmed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Nationality:
    """A nationality over a span of days.

    Attributes:
        confirmed: False when its code is easily taken for another one and nobody has confirmed it.
        first_id: The id of the first row about it; None for that row itself.
    """

    code: str
    valid: Period = OPEN
    id: UUID | None = None
    confirmed: bool = True
    first_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Membership:
    """Belonging to a household over a span of days."""

    household_id: UUID
    role: Role
    valid: Period = OPEN
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Person:
    """The person as she is known at one instant: live rows only.

    Attributes:
        version: Raised by one with every write; starts at 1.
        recorded_at: When this version became known.
        links: What others are to her; those who are protected from her are not among them.
        withheld: Who is kept from her: barriers, whoever acts for those they stand against, oppositions.
    """

    id: UUID
    programme_number: str
    version: int
    recorded_at: datetime
    core: Core
    nationalities: tuple[Nationality, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    permits: tuple[Permit, ...] = ()
    legal_statuses: tuple[LegalStatus, ...] = ()
    addresses: tuple[Address, ...] = ()
    memberships: tuple[Membership, ...] = ()
    links: tuple[Link, ...] = ()
    withheld: Withheld = NOTHING


def admit(
    intake: Intake, *, person_id: UUID, programme_number: str, at: datetime, household_id: UUID | None = None
) -> Person:
    """Return the person that an intake makes: version 1, a pure function of what was sent."""
    claim = intake.household
    member = claim is not None and household_id is not None
    return Person(
        id=person_id,
        programme_number=programme_number,
        version=1,
        recorded_at=at,
        core=numbered(intake.core, person_id, 1),
        nationalities=tuple(
            Nationality(code, confirmed=code not in intake.unconfirmed) for code in intake.nationalities
        ),
        identifiers=intake.identifiers,
        permits=intake.permits,
        legal_statuses=intake.legal_statuses,
        addresses=(intake.address,) if intake.address else (),
        memberships=(Membership(household_id, claim.role),) if member and claim and household_id else (),
    )


def next_instant(previous: datetime, now: datetime) -> datetime:
    """Return the instant of the next version: known periods never run backwards, whatever clocks do."""
    return max(now, previous + timedelta(microseconds=1))


def numbered(core: Core, person_id: UUID, version: int) -> Core:
    """Return the core with an id for each new contact; the same object when there is none."""
    contacts = with_ids(core.contacts, person_id, version)
    return core if contacts is core.contacts else replace(core, contacts=contacts)


def check_consistency(found: Findings, intake: Intake, *, starts: Sequence[tuple[str, date | None]]) -> None:
    """Warn of dates that cannot all be right.

    Args:
        found: Receives the findings.
        intake: What was read.
        starts: (field, first day) of statuses and permits; none should lie before the birth.
    """
    earliest = intake.core.birth.earliest
    for field, start in starts:
        if earliest is not None and start is not None and start < earliest:
            found.warn(field, "before-birth")


def with_permit_numbers(identifiers: Iterable[Identifier], permits: Iterable[Permit]) -> tuple[Identifier, ...]:
    """Return the identifiers, with those that the permits carry on them, each once."""
    known = {(one.system, one.value_norm, one.issuer_norm): one for one in identifiers}
    for permit in permits:
        if permit.number:
            number = Identifier(PERMIT_SYSTEM, permit.number, permit.number_norm)
            known.setdefault((PERMIT_SYSTEM, permit.number_norm, number.issuer_norm), number)
    return tuple(known.values())


def amend(person: Person, *, at: datetime, **changes: Any) -> Person:
    """Return the next version of a person with some of her parts replaced.

    Args:
        person: As she is known.
        at: The present; the version's instant is later than the one before it in any case.
        **changes: Fields of `Person`; a new contact that reaches the same as a known one goes under its id.
    """
    if "core" in changes:
        core: Core = changes["core"]
        contacts = with_contacts(person.core.contacts, core.contacts)
        changes["core"] = numbered(replace(core, contacts=contacts), person.id, person.version + 1)
    return replace(person, version=person.version + 1, recorded_at=next_instant(person.recorded_at, at), **changes)


def with_nationalities(
    known: Sequence[Nationality],
    codes: Sequence[str],
    *,
    on: date | None = None,
    unconfirmed: Collection[str] = (),
    confirm: bool = False,
) -> tuple[Nationality, ...]:
    """Return the nationalities after a correction: those that stay keep their rows, the others are new.

    Args:
        known: Live rows.
        codes: Those that she has.
        on: The day of which that is said; rows of other days stay. Without it, it is said of every day.
        unconfirmed: New codes that are easily taken for another one, and that nobody confirmed.
        confirm: Whether somebody confirms all of them.
    """
    past = tuple(row for row in known if on is not None and not row.valid.contains(on))
    rows = {row.code: row for row in known if row not in past}
    named = [rows.get(code, Nationality(code, confirmed=code not in unconfirmed)) for code in dict.fromkeys(codes)]
    if confirm:
        named = [_confirmed(row) for row in named]
    return (*past, *named)


def _confirmed(row: Nationality) -> Nationality:
    return row if row.confirmed else replace(row, id=None, first_id=row.first_id or row.id, confirmed=True)


def current_nationalities(known: Sequence[Nationality], on: date) -> tuple[str, ...]:
    """Return the codes of the nationalities that a person has on a day, each once."""
    return tuple(dict.fromkeys(row.code for row in known if row.valid.contains(on)))


def pointer_of(intake: Intake, identifier: Identifier) -> str:
    """Return the JSON Pointer to an identifier in the body that the intake came in."""
    for place, permit in enumerate(intake.permits):
        if (PERMIT_SYSTEM, permit.number_norm) == (identifier.system, identifier.value_norm):
            return f"/permits/{place}/number"
    return f"/identifiers/{intake.identifiers.index(identifier)}/value"
