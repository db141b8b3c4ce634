"""A finding: what a criterion found, on which fact, by which rule. A rule never returns a bare bool."""

from dataclasses import dataclass
from typing import Any

from services.health.coverage.domain.facts import Source
from services.health.coverage.domain.rules import Criterion, RuleRow
from services.kit.periods import Result


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one criterion.

    Attributes:
        fact: Name of the fact it rests on, or would rest on if it were known.
        value: That fact's value as JSON; None when unknown.
        source: Where the fact came from, or would come from.
        rule: The rule row that decided; None only where no row is known.
        reason: Why it did not pass; None for PASS.
        needed: What the fact would have to be to pass, as JSON; None for PASS.
        attainable: The best result that other facts, or an authority, could bring.
    """

    criterion: Criterion
    result: Result
    fact: str
    value: Any
    source: Source
    rule: RuleRow | None
    reason: str | None = None
    needed: Any = None
    attainable: Result = Result.PASS


def passed(criterion: Criterion, fact: str, value: Any, source: Source, rule: RuleRow) -> Finding:
    """Return a PASS."""
    return Finding(criterion, Result.PASS, fact, value, source, rule)


def no_rule(criterion: Criterion, fact: str, source: Source, rule: RuleRow | None) -> Finding:
    """Return the UNKNOWN of a case for which no rule is known: an authority must say."""
    return Finding(
        criterion, Result.UNKNOWN, fact, None, source, rule, "R_REGLE_ABSENTE", {"authority": "confirmation"}
    )
