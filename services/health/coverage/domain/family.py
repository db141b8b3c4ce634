"""Criteria of dependants, and the age limit of students: the head's cover, the family link, the age."""

from dataclasses import dataclass, replace
from typing import Any

from services.health.coverage.domain.facts import Case, Relation, Source
from services.health.coverage.domain.findings import Finding, no_rule, passed
from services.health.coverage.domain.rules import Ask, Criterion, Kind, RuleBook, RuleRow
from services.kit.periods import AgeBound, Result, age_at_most

RULE_OF: dict[Relation, str] = {
    Relation.SPOUSE: "SPOUSE",
    Relation.CHILD: "CHILD_BASE",
    Relation.KAFALA_CHILD: "KAFALA",
    Relation.ASCENDANT: "ASCENDANT",
}


@dataclass(frozen=True, slots=True)
class Road:
    """One way for a child to be within the age limits; missing names the fact that would settle it."""

    result: Result
    rule: RuleRow
    missing: str = "birth_date"
    reason: str = "R_AGE_INCERTAIN"


def head(case: Case, ask: Ask, _book: RuleBook) -> Finding:
    """Say whether the head is covered by this very scheme. Source: facts.md 3.5."""
    covers = case.declared.head_scheme
    if covers == ask.scheme:
        return passed(Criterion.HEAD, "head_scheme", covers, Source.DECLARED, ask.row)
    result, reason = (Result.UNKNOWN, "R_TETE_A_VERIFIER") if covers is None else (Result.FAIL, "R_TETE_NON_COUVERTE")
    return Finding(
        Criterion.HEAD, result, "head_scheme", covers, Source.DECLARED, ask.row, reason, {"equals": ask.scheme}
    )


def relation(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether the family link is one that is covered, and is proven. Source: facts.md 3.5, 3.8; S52, S52c.

    The registry's household, when it names the same link, proves it; else a deed does.
    """
    claimed = case.declared.relation
    if claimed is None:
        return no_rule(Criterion.RELATION, "relation", Source.DECLARED, ask.row)
    rule = book.in_force(Kind.DEPENDANT, RULE_OF[claimed], case.as_of)
    if rule is None:
        return no_rule(Criterion.RELATION, "relation", Source.DECLARED, ask.row)
    if not ask.parameters.get("covers_dependants", True) or not rule.value["covered"]:
        row = ask.row if rule.value["covered"] else rule
        return Finding(
            Criterion.RELATION, Result.FAIL, "relation", claimed, Source.DECLARED, row, "R_LIEN_NON_COUVERT",
            attainable=Result.FAIL,
        )  # fmt: skip
    household = case.facts.household
    if household is not None and household.role == claimed:
        return passed(Criterion.RELATION, "household", household.role, case.facts_source, rule)
    said = case.declared.link_proven
    if said:
        return passed(Criterion.RELATION, "link_proven", True, Source.DECLARED, rule)
    result = Result.UNKNOWN if said is None else Result.FAIL
    return Finding(
        Criterion.RELATION, result, "relation", said, Source.DECLARED, rule, "R_LIEN_NON_PROUVE", {"proven": True}
    )


def age(case: Case, ask: Ask, book: RuleBook) -> Finding:
    """Say whether the age is within the limit, the date of birth being an interval.

    A student of the students' scheme has the limit of that scheme; a spouse has none; a child has the most
    favourable of three roads: disabled, unmarried student, simply young. Source: facts.md 3.5 and 9.3; S52, S53, S54.
    """
    if "max_age" in ask.parameters:
        result = _within(case, ask.row)
        return _judged(case, Road(result, ask.row), attainable=Result.FAIL)
    claimed = case.declared.relation
    if claimed in {Relation.CHILD, Relation.KAFALA_CHILD}:
        return _child_age(case, ask, book)
    rule = None if claimed is None else book.in_force(Kind.DEPENDANT, RULE_OF[claimed], case.as_of)
    if rule is None:
        return no_rule(Criterion.AGE, "birth_date", case.facts_source, ask.row)
    return passed(Criterion.AGE, "relation", claimed, Source.DECLARED, rule)


def _child_age(case: Case, ask: Ask, book: RuleBook) -> Finding:
    roads = [road for road in (_disabled(case, book), _student(case, book), _young(case, book)) if road is not None]
    if not roads:
        return no_rule(Criterion.AGE, "birth_date", case.facts_source, ask.row)
    for wanted in (Result.PASS, Result.UNKNOWN):
        # Easiest proof first for what is open; longest-lasting right first for what is settled.
        ordered = roads if wanted is Result.PASS else list(reversed(roads))
        for road in ordered:
            if road.result is wanted:
                return _judged(case, road)
    last = _judged(case, roads[-1], attainable=Result.FAIL)
    studying = replace(case, declared=replace(case.declared, student=True, married=False))
    as_student = _student(studying, book)
    if as_student is None or as_student.result is Result.FAIL:
        return last
    return replace(last, needed={"student": True, "married": False}, attainable=Result.PASS)


def _judged(case: Case, road: Road, *, attainable: Result = Result.PASS) -> Finding:
    if road.result is Result.PASS:
        return passed(Criterion.AGE, "birth_date", _birth(case), case.facts_source, road.rule)
    if road.result is Result.UNKNOWN:
        declared = road.missing != "birth_date"
        return Finding(
            Criterion.AGE, Result.UNKNOWN, road.missing, None if declared else _birth(case),
            Source.DECLARED if declared else case.facts_source, road.rule, road.reason, _age_needed(road),
        )  # fmt: skip
    return Finding(
        Criterion.AGE, Result.FAIL, "birth_date", _birth(case), case.facts_source, road.rule, "R_AGE_LIMITE",
        _age_needed(road), attainable,
    )  # fmt: skip


def _age_needed(road: Road) -> Any:
    if road.result is Result.UNKNOWN and road.missing != "birth_date":
        return {"equals": road.missing != "married"}
    return {"age_at_most": road.rule.value["max_age"]}


def _disabled(case: Case, book: RuleBook) -> Road | None:
    rule = book.in_force(Kind.DEPENDANT, "CHILD_DISABLED", case.as_of)
    if rule is None:
        return None
    return Road(_said(case.declared.disabled), rule, "disabled", "R_PIECE_MANQUANTE")


def _student(case: Case, book: RuleBook) -> Road | None:
    rule = book.in_force(Kind.DEPENDANT, "CHILD_STUDENT", case.as_of)
    if rule is None:
        return None
    studies, within = _said(case.declared.student), _within(case, rule)
    single = _said(None if case.declared.married is None else not case.declared.married)
    if Result.FAIL in {studies, single, within}:
        return Road(Result.FAIL, rule)
    if within is Result.UNKNOWN:
        return Road(Result.UNKNOWN, rule)
    if studies is Result.UNKNOWN:
        return Road(Result.UNKNOWN, rule, "student", "R_ETUDES_NON_JUSTIFIEES")
    if single is Result.UNKNOWN:
        return Road(Result.UNKNOWN, rule, "married", "R_PIECE_MANQUANTE")
    return Road(Result.PASS, rule)


def _young(case: Case, book: RuleBook) -> Road | None:
    rule = book.in_force(Kind.DEPENDANT, "CHILD_BASE", case.as_of)
    return None if rule is None else Road(_within(case, rule), rule)


def _within(case: Case, rule: RuleRow) -> Result:
    bound = AgeBound(rule.value["age_bound"])
    return age_at_most(case.facts.birth, int(rule.value["max_age"]), case.as_of, bound)


def _said(said: bool | None) -> Result:  # noqa: FBT001  # the declared answer is what is read, not a flag
    return Result.UNKNOWN if said is None else (Result.PASS if said else Result.FAIL)


def _birth(case: Case) -> Any:
    born = case.facts.birth
    return {
        "earliest": None if born.earliest is None else born.earliest.isoformat(),
        "latest": None if born.latest is None else born.latest.isoformat(),
        "precision": case.facts.birth_precision,
    }
