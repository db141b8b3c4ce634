"""Dated admission rules: rows with a value, a period, a certainty and a source, and the set they form."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.kit.periods import Period
from services.training.courses.domain.errors import RuleMalformedError

RuleValue = str | int | tuple[str, ...]


class Certainty(StrEnum):
    """How far a rule row can be trusted. Source: facts.md, section 0."""

    VERIFIED = "verified"
    DERIVED = "derived"
    MEMORY = "memory"
    DESIGN = "design"


@dataclass(frozen=True, slots=True)
class Rule:
    """One parameter of the admission rules over the days on which it holds.

    Attributes:
        code: What it sets, such as `LEVEL_T_AGE_MAX`.
        value: A code, a whole number (years, days, per cent) or a list of codes.
        valid: Days on which it is in force, both ends included.
        source: Where it was read; the marks of facts.md, section 12.
    """

    code: str
    value: RuleValue
    valid: Period
    certainty: Certainty
    source: str

    @property
    def text(self) -> str:
        """The value where a code is expected.

        Raises:
            RuleMalformedError: It is something else.
        """
        if not isinstance(self.value, str):
            raise RuleMalformedError(self.code)
        return self.value

    @property
    def number(self) -> int:
        """The value where a whole number is expected.

        Raises:
            RuleMalformedError: It is something else.
        """
        if not isinstance(self.value, int):
            raise RuleMalformedError(self.code)
        return self.value

    @property
    def codes(self) -> tuple[str, ...]:
        """The value where a list of codes is expected.

        Raises:
            RuleMalformedError: It is something else.
        """
        if not isinstance(self.value, tuple):
            raise RuleMalformedError(self.code)
        return self.value


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rule rows known at one time, with the fingerprint that each admission pins.

    Attributes:
        rules: Sorted by code, then by first day in force.
        fingerprint: SHA-256 over the canonical JSON of every row, in hexadecimal.
    """

    rules: tuple[Rule, ...]
    fingerprint: str

    def find(self, code: str, on: date) -> Rule | None:
        """Return the row in force on that day, or None where no source says anything."""
        return next((rule for rule in self.rules if rule.code == code and rule.valid.contains(on)), None)


def rule_set(rules: Iterable[Rule]) -> RuleSet:
    """Put rows in order and fingerprint them; the order in which they come does not matter."""
    ordered = tuple(sorted(rules, key=lambda rule: (rule.code, rule.valid.start or date.min)))
    document = [
        [
            rule.code,
            rule.value,
            rule.valid.start and rule.valid.start.isoformat(),
            rule.valid.end and rule.valid.end.isoformat(),
            rule.certainty,
            rule.source,
        ]
        for rule in ordered
    ]
    canonical = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return RuleSet(ordered, hashlib.sha256(canonical.encode()).hexdigest())
