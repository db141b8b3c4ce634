"""A person as the register knows her: what an intake becomes, and what an amendment may change."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.kit.periods import PartialDate, Period
from services.registry.domain.births import UNKNOWN
from services.registry.domain.findings import Findings
from services.registry.domain.names import Name
from services.registry.domain.papers import OPEN, PERMIT_SYSTEM, Address, Identifier, LegalStatus, Permit
from services.registry.domain.phones import normalise_phone


class Sex(StrEnum):
    """As the papers say. Source: facts.md 10.9."""

    FEMALE = "F"
    MALE = "M"
    OTHER = "X"
    UNKNOWN = "UNKNOWN"


class ContactKind(StrEnum):
    """How a person can be reached."""

    PHONE = "phone"
    EMAIL = "email"


class Role(StrEnum):
    """What a person is in her household."""

    HEAD = "HEAD"
    CHILD = "CHILD"
    SPOUSE = "SPOUSE"
    OTHER = "OTHER"


@dataclass(frozen=True, slots=True)
class Contact:
    """One way to reach the person, and whether it is safe to use it.

    Attributes:
        value: As written.
        value_norm: E.164 for a telephone number; None when it cannot be read as one.
        safe_to_call: None when nobody asked; then nobody calls about anything confidential.
    """

    kind: ContactKind
    value: str
    value_norm: str | None
    safe_to_call: bool | None = None
    safe_to_text: bool | None = None
    safe_hours: str | None = None


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
    """All that one source record says about a person, checked."""

    core: Core
    nationalities: tuple[str, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    permits: tuple[Permit, ...] = ()
    legal_statuses: tuple[LegalStatus, ...] = ()
    address: Address | None = None
    household: HouseholdClaim | None = None


@dataclass(frozen=True, slots=True)
class Nationality:
    """A nationality over a span of days."""

    code: str
    valid: Period = OPEN
    id: UUID | None = None


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
        core=intake.core,
        nationalities=tuple(Nationality(code) for code in intake.nationalities),
        identifiers=intake.identifiers,
        permits=intake.permits,
        legal_statuses=intake.legal_statuses,
        addresses=(intake.address,) if intake.address else (),
        memberships=(Membership(household_id, claim.role),) if member and claim and household_id else (),
    )


def next_instant(previous: datetime, now: datetime) -> datetime:
    """Return the instant of the next version: known periods never run backwards, whatever clocks do."""
    return max(now, previous + timedelta(microseconds=1))


def read_contact(  # noqa: PLR0917  # a contact and its rules of safety
    found: Findings,
    at: str,
    kind: ContactKind,
    value: str,
    safe_to_call: bool | None = None,  # noqa: FBT001  # three-valued: None says that nobody asked
    safe_to_text: bool | None = None,  # noqa: FBT001  # the same
    safe_hours: str | None = None,
) -> Contact:
    """Check a contact; a telephone number that cannot be read is kept as written, with a warning."""
    norm: str | None = value.casefold()
    if kind is ContactKind.PHONE:
        norm = normalise_phone(value)
        if norm is None:
            found.warn(at, "phone-unusual")
    return Contact(kind, value, norm, safe_to_call, safe_to_text, safe_hours)


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
    known = {(identifier.system, identifier.value_norm): identifier for identifier in identifiers}
    for permit in permits:
        if permit.number:
            number = Identifier(PERMIT_SYSTEM, permit.number, permit.number_norm)
            known.setdefault((PERMIT_SYSTEM, permit.number_norm), number)
    return tuple(known.values())


def amend(person: Person, *, at: datetime, **changes: Any) -> Person:
    """Return the next version of a person with some of her parts replaced.

    Args:
        person: As she is known.
        at: The present; the version's instant is later than the one before it in any case.
        **changes: Fields of `Person`.
    """
    return replace(person, version=person.version + 1, recorded_at=next_instant(person.recorded_at, at), **changes)


def with_nationalities(known: Sequence[Nationality], codes: Sequence[str]) -> tuple[Nationality, ...]:
    """Return the nationalities after a correction: those that stay keep their rows, the others are new."""
    rows = {row.code: row for row in known}
    return tuple(rows.get(code, Nationality(code)) for code in dict.fromkeys(codes))


def pointer_of(intake: Intake, identifier: Identifier) -> str:
    """Return the JSON Pointer to an identifier in the body that the intake came in."""
    for place, permit in enumerate(intake.permits):
        if (PERMIT_SYSTEM, permit.number_norm) == (identifier.system, identifier.value_norm):
            return f"/permits/{place}/number"
    return f"/identifiers/{intake.identifiers.index(identifier)}/value"
