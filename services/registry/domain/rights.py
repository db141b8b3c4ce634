"""What the rights of a person rest on: dated rules, who acts, and the numbers of receipts.

Source: law 09-08 art. 3 to 9; facts.md 7 and 10.7.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from services.kit.periods import Period
from services.registry.domain.programme_numbers import check_character

SENSITIVE_FIELD, CORRECTION_GRACE_DAYS = "SENSITIVE_FIELD", "CORRECTION_GRACE_DAYS"
CHANGE_REQUEST_DAYS, RECTIFICATION_CLEAR_DAYS = "CHANGE_REQUEST_DAYS", "RECTIFICATION_CLEAR_DAYS"
OPPOSITION_DAYS = "OPPOSITION_DAYS"


@dataclass(frozen=True, slots=True)
class Rule:
    """One dated row of a rule.

    Attributes:
        code: Such as `SENSITIVE_FIELD`; several rows may share it.
        value: As text; a number of days, a name of a field.
        valid: Days in force.
    """

    code: str
    value: str
    valid: Period
    certainty: str
    source: str


class RuleMissingError(LookupError):
    """No row of a rule is in force on a day: the reference data are incomplete."""


class EvidenceUnknownError(LookupError):
    """A document that a request names is not the person's.

    Attributes:
        pointer: JSON Pointer to the documents in the input.
    """

    pointer = "/documents"


class FutureDayError(ValueError):
    """Something that has happened cannot have happened after today.

    Attributes:
        pointer: JSON Pointer to the day in the input.
    """

    def __init__(self, pointer: str) -> None:
        super().__init__("day in future")
        self.pointer = pointer


def past_day(pointer: str, day: date | None, today: date) -> date:
    """Return a day that something happened on; today when it is left out.

    Raises:
        FutureDayError: It lies ahead.
    """
    if day is not None and day > today:
        raise FutureDayError(pointer)
    return day or today


@dataclass(frozen=True, slots=True)
class Rules:
    """The rows in force on one day."""

    rows: tuple[Rule, ...]

    @classmethod
    def on(cls, rows: Iterable[Rule], day: date) -> "Rules":
        """Return the rows that hold on a day."""
        return cls(tuple(row for row in rows if row.valid.contains(day)))

    def values(self, code: str) -> frozenset[str]:
        """Return every value of a rule."""
        return frozenset(row.value for row in self.rows if row.code == code)

    def row(self, code: str) -> Rule:
        """Return the one row of a rule.

        Raises:
            RuleMissingError: There is none.
        """
        found = next((row for row in self.rows if row.code == code), None)
        if found is None:
            raise RuleMissingError(code)
        return found

    def days(self, code: str) -> int:
        """Return the one value of a rule that counts days.

        Raises:
            RuleMissingError: There is none.
        """
        return int(self.row(code).value)


@dataclass(frozen=True, slots=True)
class PurposeRule:
    """What holds for one purpose of sharing while a row is in force.

    Attributes:
        purpose: As in the header `Purpose`.
        basis: Legal ground: LEGAL_OBLIGATION, PUBLIC_TASK, CONSENT.
        statutory: Whether a law demands it, so that neither opposition nor a withdrawn consent ends it.
        valid: Days in force.
    """

    purpose: str
    basis: str
    statutory: bool
    valid: Period
    certainty: str
    source: str


def purposes_on(rows: Iterable[PurposeRule], day: date) -> Mapping[str, PurposeRule]:
    """Return what holds for each purpose on a day."""
    return {row.purpose: row for row in rows if row.valid.contains(day)}


@dataclass(frozen=True, slots=True)
class Actor:
    """Who does something.

    Attributes:
        subject: The person or machine.
        client_id: The program that she uses; a machine's subject is its client.
        organisation: For whom.
    """

    subject: str
    client_id: str
    organisation: str

    @property
    def is_machine(self) -> bool:
        """Whether a program acts by itself, with nobody signed in."""
        return self.subject == self.client_id

    def may_be(self, other: "Actor") -> bool:
        """Say whether another may be the same person.

        Two who sign in through one program are two persons; a program acting by itself is not another person than
        whoever signs in through it. Source: house.md 8; docs/agreements.md (design).
        """
        same_program = self.client_id == other.client_id and (self.is_machine or other.is_machine)
        return self.subject == other.subject or same_program


def receipt_number(kind: str, year: int, serial: int) -> str:
    """Return the number of a receipt, with a check character; built like a programme number.

    Example:
        >>> receipt_number("CONS", 2026, 1)
        'CONS-2026-000001-3'
    """
    digits = f"{serial:06d}"
    return f"{kind}-{year:04d}-{digits}-{check_character(f'{kind}{year:04d}{digits}')}"


def split_statutory(
    purposes: Sequence[str] | None, rules: Mapping[str, PurposeRule]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Split purposes into those whose sharing can be stopped, and those that a law demands.

    Args:
        purposes: None for every purpose there is a rule for.
        rules: In force.
    """
    asked = sorted(rules if purposes is None else set(purposes))
    statutory = tuple(name for name in asked if name in rules and rules[name].statutory)
    return tuple(name for name in asked if name not in statutory), statutory
