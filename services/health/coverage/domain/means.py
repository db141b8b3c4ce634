"""Criteria about cover and means: other AMO, RNP, RSU, score, indigence, activity, contribution."""

from decimal import Decimal

from services.health.coverage.domain.facts import Case, Declared, Role, Source
from services.health.coverage.domain.findings import Finding, no_rule, passed
from services.health.coverage.domain.rules import Ask, Criterion, Kind, RuleBook
from services.kit.periods import Result

IDCS = "IDCS"
POOR, VULNERABLE = "RAMED_URBAN_POOR_INCOME_MAD_YEAR", "RAMED_URBAN_VULNERABLE_INCOME_MAD_YEAR"


def no_other_amo(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether the person is in no other AMO scheme on the day.

    Cover held here under another AMO scheme counts, whatever is declared. Source: facts.md 3.8; S48, S50.
    """
    for cover in case.held:
        other = cover.scheme != ask.scheme and book.family_of(cover.scheme) is not None
        if other and cover.period.contains(case.as_of):
            return Finding(
                Criterion.NO_OTHER_AMO, Result.FAIL, "other_amo", cover.scheme, Source.ENTITLEMENT, ask.row,
                "R_AUTRE_AMO", {"equals": False},
            )  # fmt: skip
    return _yes_or_no(
        Criterion.NO_OTHER_AMO, "other_amo", ask, said=case.declared.other_amo, wanted=False,
        refused="R_AUTRE_AMO", unknown="R_AMO_A_VERIFIER",
    )  # fmt: skip


def rnp(case: Case, ask: Ask, _book: RuleBook) -> Finding:
    """Say whether every member has an IDCS. Being in the RSU implies it. Source: facts.md 3.6-3.8; S48, S58."""
    declared = case.declared
    if declared.rnp_registered is not None:
        return _yes_or_no(
        Criterion.RNP, "rnp_registered", ask, said=declared.rnp_registered, wanted=True,
            refused="R_NON_INSCRIT_RNP", unknown="R_NON_INSCRIT_RNP",
        )  # fmt: skip
    if any(identifier.system == IDCS for identifier in case.facts.identifiers):
        return passed(Criterion.RNP, "identifier", IDCS, case.facts_source, ask.row)
    implied = bool(ask.parameters.get("implied_by_rsu"))
    if implied and in_rsu(declared):
        return passed(Criterion.RNP, "rsu_registered", True, Source.DECLARED, ask.row)
    if implied and case.role is Role.HEAD:
        # The score settles this and two more criteria: the smallest set of facts to ask for names it alone.
        return Finding(
            Criterion.RNP, Result.UNKNOWN, "rsu_score", None, Source.DECLARED, ask.row, "R_NON_INSCRIT_RNP",
            {"registered": True},
        )  # fmt: skip
    return Finding(
        Criterion.RNP, Result.UNKNOWN, "idcs", None, case.facts_source, ask.row, "R_NON_INSCRIT_RNP", {"equals": True}
    )


def rsu(case: Case, ask: Ask, _book: RuleBook) -> Finding:
    """Say whether the household is in the RSU; a score implies it. Source: facts.md 3.3, 3.8; S48."""
    if in_rsu(case.declared):
        return passed(Criterion.RSU, "rsu_registered", True, Source.DECLARED, ask.row)
    result = Result.UNKNOWN if case.declared.rsu_registered is None else Result.FAIL
    fact = "rsu_score" if result is Result.UNKNOWN else "rsu_registered"
    return Finding(
        Criterion.RSU, result, fact, case.declared.rsu_registered, Source.DECLARED, ask.row, "R_NON_INSCRIT_RSU",
        {"registered": True},
    )  # fmt: skip


def in_rsu(declared: Declared) -> bool:
    """Say whether the declaration shows that the household is in the RSU."""
    return declared.rsu_registered is True or (declared.rsu_registered is None and declared.rsu_score is not None)


def score(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say on which side of the threshold the RSU score lies: at or below for TADAMON, above for ACHAMIL.

    Exact decimals: 9.3264284 is TADAMON, 9.32642841 is not. Source: facts.md 3.4; S49.
    """
    at_most = "at_most" in ask.parameters
    row = book.in_force(Kind.LIMIT, ask.parameters["at_most" if at_most else "above"], case.as_of)
    if row is None:
        return no_rule(Criterion.SCORE, "rsu_score", Source.DECLARED, ask.row)
    limit, given = Decimal(row.value), case.declared.rsu_score
    needed = {"at_most" if at_most else "above": row.value}
    value = None if given is None else str(given)
    review = case.declared.rsu_review_on
    if given is None or (review is not None and review < case.as_of):
        reason = "R_SCORE_INCONNU" if given is None else "R_SCORE_A_REVOIR"
        return Finding(Criterion.SCORE, Result.UNKNOWN, "rsu_score", value, Source.DECLARED, row, reason, needed)
    if (given <= limit) is at_most:
        return passed(Criterion.SCORE, "rsu_score", value, Source.DECLARED, row)
    reason = "R_SCORE_SUP_SEUIL" if at_most else "R_SCORE_INF_SEUIL"
    return Finding(Criterion.SCORE, Result.FAIL, "rsu_score", value, Source.DECLARED, row, reason, needed)


def indigent(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether means are low enough: by declaration where the scheme takes it, else by RAMED's income limits.

    Limits are strict: income below the limit passes. Source: facts.md 3.2; S43, S45.
    """
    said = case.declared.indigent if ask.parameters.get("by_declaration") else None
    if said is not None:
        return _yes_or_no(
        Criterion.INDIGENT, "indigent", ask, said=said, wanted=True,
            refused="R_RESSOURCES_SUP_PLAFOND", unknown="R_INDIGENCE_A_ETABLIR",
        )  # fmt: skip
    fact = "indigent" if ask.parameters.get("by_declaration") else "income_mad_year"
    rows = [book.in_force(Kind.LIMIT, code, case.as_of) for code in (POOR, VULNERABLE)]
    known = [row for row in rows if row is not None]
    if not known:
        return no_rule(Criterion.INDIGENT, fact, Source.DECLARED, ask.row)
    income, ceiling = case.declared.income_mad_year, known[-1]
    needed = {"below": ceiling.value}
    if income is None:
        return Finding(
            Criterion.INDIGENT, Result.UNKNOWN, fact, None, Source.DECLARED, ceiling, "R_INDIGENCE_A_ETABLIR", needed
        )
    for row in known:
        if income < Decimal(row.value):
            return passed(Criterion.INDIGENT, "income_mad_year", str(income), Source.DECLARED, row)
    return Finding(
        Criterion.INDIGENT, Result.FAIL, "income_mad_year", str(income), Source.DECLARED, ceiling,
        "R_RESSOURCES_SUP_PLAFOND", needed,
    )  # fmt: skip


def activity(case: Case, ask: Ask, _book: RuleBook) -> Finding:
    """Say whether the person has the activity or the studies that the scheme insures. Source: S52, S50b, S53."""
    declared = case.declared
    fact = str(ask.parameters["declared"])
    said = {
        "employed": declared.employed,
        "self_employed": declared.self_employed,
        "student": declared.student,
    }[fact]
    return _yes_or_no(
        Criterion.ACTIVITY,
        fact,
        ask,
        said=said,
        wanted=True,
        refused="R_SANS_ACTIVITE",
        unknown="R_ACTIVITE_A_VERIFIER",
    )


def contribution_paid(case: Case, ask: Ask, _book: RuleBook) -> Finding:
    """Say whether contributions are paid up; rights are closed until they are. Source: facts.md 3.4; S50."""
    return _yes_or_no(
        Criterion.CONTRIBUTION, "contribution_paid", ask, said=case.declared.contribution_paid, wanted=True,
        refused="R_COTISATION_IMPAYEE", unknown="R_COTISATION_A_VERIFIER",
    )  # fmt: skip


def _yes_or_no(
    criterion: Criterion, fact: str, ask: Ask, *, said: bool | None, wanted: bool, refused: str, unknown: str
) -> Finding:
    """Judge a declared yes or no; silence is UNKNOWN, never a no."""
    if said is wanted:
        return passed(criterion, fact, said, Source.DECLARED, ask.row)
    result, reason = (Result.UNKNOWN, unknown) if said is None else (Result.FAIL, refused)
    return Finding(criterion, result, fact, said, Source.DECLARED, ask.row, reason, {"equals": wanted})
