"""Papers, statuses and addresses: what each must hold to be taken, and what is only odd.

What is impossible is an error; what is unusual is a warning and is stored: no official format of any document number
was found, and offices differ. Source: facts.md 2.1, 2.2, 2.3.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from services.kit.periods import Period
from services.registry.domain.errors import PeriodOverlapError, ValueRefusedError
from services.registry.domain.findings import Findings
from services.registry.domain.issuers import issuer_of
from services.registry.domain.reference import PRESENT_SCHEME, Reference

LONGEST_NUMBER = 40
PERMIT_SYSTEM = "PERMIT"
OPEN = Period()
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Identifier:
    """A number that a register or a paper gave to the person.

    Attributes:
        system: Who numbers: PASSPORT, PERMIT, IDCS, UNHCR, MASSAR, CNSS, CNIE.
        value: As written.
        value_norm: Upper case, A-Z and 0-9 only: what is compared.
        issuer: Country or office, as declared.
        id: Given by the store.
        issuer_norm: What tells equal numbers of one system apart; empty where nothing does.
        first_id: The id of the first row about this paper; None for that row itself.
    """

    system: str
    value: str
    value_norm: str
    issuer: str | None = None
    issued_on: date | None = None
    expires_on: date | None = None
    id: UUID | None = None
    issuer_norm: str = ""
    first_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Permit:
    """A residence title, or the receipt that stands for one.

    Attributes:
        type: Code of facts.md 2.1.
        number: As written; None when the paper has none.
        number_norm: Normalised number, empty without one.
        mention: What a carte d'immatriculation was given for.
        end_reason: Why it ended before its time; None when it did not.
    """

    type: str
    number: str | None
    number_norm: str
    valid: Period
    mention: str | None = None
    stands_for_permit: bool = False
    id: UUID | None = None
    end_reason: str | None = None
    first_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LegalStatus:
    """A status over a span of days; several may run at once. Source: facts.md 2.3."""

    code: str
    valid: Period
    id: UUID | None = None
    first_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Address:
    """Where the person lives, as far as is known; at least the region or the commune.

    Attributes:
        scheme: The map that region and unit are codes of: the same code named another region before 2015.
    """

    region: str | None
    unit: str | None
    commune: str | None
    line: str | None
    valid: Period = OPEN
    id: UUID | None = None
    scheme: str = PRESENT_SCHEME
    first_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Fields:
    """Where the parts of a paper stand in the input, for findings: JSON Pointers, or columns of a file."""

    kind: str
    number: str
    start: str
    end: str


def read_identifier(  # noqa: PLR0917  # the parts of a paper, in the order it prints them
    found: Findings,
    at: Fields,
    system: str,
    value: str,
    value_norm: str,
    issuer: str | None,
    issued_on: date | None,
    expires_on: date | None,
    *,
    reference: Reference,
) -> Identifier | None:
    """Check an identifier; None when it is refused."""
    pattern = reference.identifier_patterns.get(system)
    if pattern is None:
        found.refuse(at.kind, "unknown-code")
        return None
    if not value_norm:
        found.refuse(at.number, "identifier-empty")
        return None
    if len(value_norm) > LONGEST_NUMBER:
        found.refuse(at.number, "too-long")
        return None
    if not pattern.fullmatch(value_norm):
        found.warn(at.number, "format-unusual")
    if issued_on and expires_on and expires_on < issued_on:
        found.refuse(at.end, "period-reversed")
        return None
    return Identifier(
        system, value, value_norm, issuer, issued_on, expires_on, issuer_norm=issuer_of(system, issuer, reference)
    )


def read_permit(  # noqa: PLR0917  # the parts of a paper, in the order it prints them
    found: Findings,
    at: Fields,
    kind: str,
    number: str | None,
    number_norm: str,
    start: date | None,
    end: date | None,
    *,
    mention: str | None = None,
    reference: Reference,
    today: date,
) -> Permit | None:
    """Check a residence title; None when it is refused.

    Reversed dates and unknown types are errors. An odd length, a start to come, a type that did not exist yet and an
    unusual number are warnings.
    """
    try:
        rule = reference.permit_rule(kind, start)
    except ValueRefusedError as refusal:
        found.refuse(at.kind, refusal.code)
        return None
    valid = read_period(found, at.end, start, end)
    if number is not None and not number_norm:
        found.refuse(at.number, "identifier-empty")
        return None
    if len(number_norm) > LONGEST_NUMBER:
        found.refuse(at.number, "too-long")
        return None
    if valid is None:
        return None
    if number_norm and not reference.identifier_patterns[PERMIT_SYSTEM].fullmatch(number_norm):
        found.warn(at.number, "format-unusual")
    if start is not None and start > today:
        found.warn(at.start, "starts-in-future")
    if rule is None:
        found.warn(at.start, "not-in-force-then")
        rule = reference.permit_rule(kind, None)
    elif start and end and not _usual_length(start, end, rule.months_min, rule.months_max):
        found.warn(at.end, "length-unusual")
    stands_for_permit = rule is not None and rule.stands_for_permit
    return Permit(kind, number, number_norm, valid, mention, stands_for_permit)


def _usual_length(start: date, end: date, months_min: int | None, months_max: int | None) -> bool:
    """Say whether the days fit the months, give or take a week: papers end on the day or on the day before."""
    days = (end - start).days
    return (months_min is None or days >= months_min * 30.4 - 7) and (
        months_max is None or days <= months_max * 30.5 + 7
    )


def read_status(
    found: Findings, at: Fields, code: str, start: date | None, end: date | None, *, reference: Reference, today: date
) -> LegalStatus | None:
    """Check a legal status; None when it is refused. A start to come, or before the status existed, is a warning."""
    in_force = found.take(at.kind, reference.status_period, code)
    valid = read_period(found, at.end, start, end)
    if in_force is None or valid is None:
        return None
    if start is not None and start > today:
        found.warn(at.start, "starts-in-future")
    if start is not None and not in_force.contains(start):
        found.warn(at.start, "not-in-force-then")
    return LegalStatus(code, valid)


def read_address(  # noqa: PLR0917  # the parts of an address, from large to small
    found: Findings,
    at: Fields,
    region: str | None,
    unit: str | None,
    commune: str | None,
    line: str | None,
    valid: Period = OPEN,
    *,
    scheme: str | None = None,
    scheme_at: str = "",
    reference: Reference,
) -> Address | None:
    """Check an address; None when it is refused or empty. A unit says its region; both given must agree.

    A code is known only together with its map: one that ended before today's map was drawn says which map it means.
    Source: facts.md 2.4, traps.

    Args:
        found: Receives the findings.
        at: `kind` stands for the region, `number` for the unit.
        region: Two-digit code or ISO code.
        unit: ISO 3166-2 or HCP code.
        commune: As written.
        line: Street and number, as written.
        valid: When it holds.
        scheme: The map that region and unit are codes of; today's when left out.
        scheme_at: Where the scheme stands in the input.
        reference: The lists.
    """
    chosen = found.take(scheme_at, reference.territory.scheme_of, scheme, valid, coded=bool(region or unit))
    if chosen is None:
        return None
    region_code = found.take(at.kind, reference.territory.region, region, chosen) if region else None
    known_unit = found.take(at.number, reference.territory.unit, unit, chosen) if unit else None
    if (region and region_code is None) or (unit and known_unit is None):
        return None
    unit_code, unit_region = known_unit or (None, None)
    if region_code and unit_region and region_code != unit_region:
        found.refuse(at.number, "unit-outside-region")
        return None
    if not (region_code or unit_code or commune or line):
        return None
    return Address(region_code or unit_region, unit_code, commune, line, valid, scheme=chosen)


def read_period(found: Findings, at: str, start: date | None, end: date | None) -> Period | None:
    """Return the days from start to end; None and an error when they are reversed."""
    return found.take(at, Period, start, end)


def refuse_overlap(pointer: str, valid: Period, others: Sequence[Period]) -> None:
    """Refuse a period that overlaps one of the same kind.

    Raises:
        PeriodOverlapError: It does.
    """
    if any(valid.overlaps(other) for other in others):
        raise PeriodOverlapError(pointer)


Normalise = Callable[[str], str]
"""Returns the letters and digits of a number, in upper case."""
