"""The table of criteria: which function answers which code. A scheme names its criteria in data; this runs them."""

from collections.abc import Callable, Mapping

from services.health.coverage.domain import family, means, stay
from services.health.coverage.domain.facts import Case, Source
from services.health.coverage.domain.findings import Finding, no_rule, passed
from services.health.coverage.domain.rules import Ask, Category, Criterion, RuleBook, Scheme
from services.kit.periods import Result

Rule = Callable[[Case, Ask, RuleBook], Finding]

RULES: Mapping[Criterion, Rule] = {
    Criterion.IDENTITY: stay.identity,
    Criterion.RESIDES: stay.resides,
    Criterion.STATUS: stay.status,
    Criterion.PERMIT_VALID: stay.permit_valid,
    Criterion.NO_OTHER_AMO: means.no_other_amo,
    Criterion.RNP: means.rnp,
    Criterion.RSU: means.rsu,
    Criterion.SCORE: means.score,
    Criterion.RELATION: family.relation,
    Criterion.AGE: family.age,
    Criterion.CONTRIBUTION: means.contribution_paid,
    Criterion.INDIGENT: means.indigent,
    Criterion.ACTIVITY: means.activity,
    Criterion.HEAD: family.head,
    Criterion.ALIVE: stay.alive,
}


def findings_of(case: Case, scheme: Scheme, book: RuleBook) -> tuple[Finding, ...]:
    """Run every criterion that a scheme in force asks for; none is skipped because another failed.

    A coverage scheme that asks nothing of somebody in this role has no rule for the case: that refers.
    """
    as_of = case.as_of.isoformat()
    in_force = passed(Criterion.IN_FORCE, "as_of", as_of, Source.RULES, scheme.row)
    asks = book.asks(scheme.code, case.role, case.as_of)
    if not asks and scheme.category is Category.COVERAGE:
        return (in_force, no_rule(Criterion.RELATION, "relation", Source.DECLARED, scheme.row))
    return (in_force, *(RULES[ask.criterion](case, ask, book) for ask in asks))


def not_in_force(case: Case, scheme: str, book: RuleBook) -> Finding:
    """Return the one finding on a scheme asked about on a day when it is not in force."""
    return Finding(
        Criterion.IN_FORCE, Result.FAIL, "as_of", case.as_of.isoformat(), Source.RULES, book.latest_scheme_row(scheme),
        "R_REGIME_NON_EN_VIGUEUR", attainable=Result.FAIL,
    )  # fmt: skip
