"""Properties of admission, against a slow and obvious oracle that tries every way the unknown could turn out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.periods import BirthInterval, Result
from services.training.courses.domain.admission import assess, outcome_of
from services.training.courses.domain.catalogue import Level
from services.training.courses.domain.criteria import Case
from services.training.courses.domain.facts import Declared, FactSource, LegalStatus
from services.training.courses.domain.findings import Criterion, Finding, Missing, Outcome
from services.training.courses.domain.rules import rule_set
from services.training.courses.store import reference
from tests.training.builders import STARTS_ON, TODAY, case_of, person_facts

RULES = rule_set(reference.rules())
SCHOOLING = (
    "AUCUN",
    "READ_WRITE_COUNT",
    "PRIMAIRE_6",
    "COLLEGE_3",
    "TRONC_COMMUN",
    "BAC_FINAL_YEAR",
    "BAC_2_COMPLETED",
    "BACCALAUREAT",
    "LICENCE",
)
NEEDED = {
    Level.FQ: ("READ_WRITE_COUNT", ()),
    Level.S: ("PRIMAIRE_6", ()),
    Level.Q: ("COLLEGE_3", ("S",)),
    Level.BP: ("TRONC_COMMUN", ()),
    Level.T: ("BAC_2_COMPLETED", ("Q",)),
    Level.TS: ("BACCALAUREAT", ("T", "LICENCE")),
}
DIPLOMAS = ("S", "Q", "T", "LICENCE")
SAYS = {
    "REGULARISED_2014": "yes",
    "REFUGEE_BRA": "yes",
    "ASYLUM_SEEKER_UNHCR": "human",
    "STATELESS": "human",
    "IRREGULAR": "no",
}
# Around the days on which somebody turns 15 or 31 on 1 September 2027, and on the session's first day.
EDGES = (date(1996, 9, 1), date(2012, 9, 1), date(2012, 9, 15), date(2004, 1, 1))
MANY_AGES = (date(1950, 1, 1), date(1996, 9, 1), date(1996, 9, 2), date(2004, 1, 1), date(2012, 9, 2), date(2020, 1, 1))


def turned(birth: date, on: date) -> int:
    """Count completed years by walking the birthdays; no leap day is among the examples' birthdays."""
    years = 0
    while birth.replace(year=birth.year + years + 1) <= on:
        years += 1
    return years


def oracle(level: Level, *, schooling: str, diplomas: Sequence[str], birth: date, status: str) -> str:
    """Say yes, no or human for somebody of whom everything is known."""
    needed, bridges = NEEDED[level]
    schooled = SCHOOLING.index(schooling) >= SCHOOLING.index(needed) or any(code in bridges for code in diplomas)
    limited = level in {Level.S, Level.Q, Level.T, Level.TS}
    age = turned(birth, date(2027, 9, 1) if limited else STARTS_ON)
    fits = age >= 15 and (age <= 30 or not limited)
    return SAYS[status] if schooled and fits and SAYS[status] != "no" else "no"


def completions(case: Case) -> Iterator[dict[str, Any]]:
    """Yield every way in which what is unknown about her could turn out."""
    birth = case.facts.birth
    if birth.earliest is None or birth.latest is None:
        days: Sequence[date] = MANY_AGES
    else:
        days = [birth.earliest + timedelta(days=n) for n in range((birth.latest - birth.earliest).days + 1)]
    known = case.declared.diplomas
    statuses = [status.code for status in case.facts.legal_statuses] or list(SAYS)
    for schooling in [case.facts.school_level] if case.facts.school_level else SCHOOLING:
        for diplomas in [known] if known is not None else [(), *((code,) for code in DIPLOMAS)]:
            for day in days:
                for status in statuses:
                    yield {"schooling": schooling, "diplomas": diplomas, "birth": day, "status": status}


@st.composite
def intervals(draw: st.DrawFn) -> BirthInterval:
    if draw(st.booleans()) and draw(st.booleans()):
        return BirthInterval()
    start = draw(st.sampled_from(EDGES)) + timedelta(days=draw(st.integers(-6, 3)))
    return BirthInterval(start, start + timedelta(days=draw(st.integers(0, 6))))


@st.composite
def cases(draw: st.DrawFn) -> Case:
    status = draw(st.none() | st.sampled_from(sorted(SAYS)))
    facts = person_facts(
        birth=draw(intervals()),
        school_level=draw(st.none() | st.sampled_from(SCHOOLING)),
        legal_statuses=() if status is None else (LegalStatus(status),),
    )
    diplomas = draw(st.none() | st.just(()) | st.sampled_from(DIPLOMAS).map(lambda code: (code,)))
    return case_of(RULES, facts=facts, declared=Declared(diplomas=diplomas), level=draw(st.sampled_from(Level)))


EXPECTED = {
    frozenset({"yes"}): Outcome.ADMISSIBLE,
    frozenset({"no"}): Outcome.NOT_ADMISSIBLE,
    frozenset({"human"}): Outcome.REFER,
}


@settings(max_examples=400, deadline=None)
@given(cases())
def test_the_answer_is_what_every_way_of_completing_the_unknown_agrees_on(case: Case) -> None:
    answers = frozenset(oracle(case.level, **known) for known in completions(case))
    assert assess(case).outcome is EXPECTED.get(answers, Outcome.PENDING_INFO)


@settings(max_examples=200, deadline=None)
@given(cases(), st.sets(st.sampled_from(["birth", "school_level", "status", "diplomas"]), min_size=1))
def test_knowing_less_never_turns_an_answer_into_a_no(case: Case, forgotten: set[str]) -> None:
    facts, declared = case.facts, case.declared
    if "birth" in forgotten:
        facts = replace(facts, birth=BirthInterval())
    if "school_level" in forgotten:
        facts = replace(facts, school_level=None)
    if "status" in forgotten:
        facts = replace(facts, legal_statuses=())
    if "diplomas" in forgotten:
        declared = replace(declared, diplomas=None)
    before, after = assess(case).outcome, assess(replace(case, facts=facts, declared=declared)).outcome
    assert after is not Outcome.NOT_ADMISSIBLE or before is Outcome.NOT_ADMISSIBLE


@settings(max_examples=100, deadline=None)
@given(cases())
def test_an_answer_explains_itself(case: Case) -> None:
    admission = assess(case)
    assert all((finding.reason is None) is (finding.result is Result.PASS) for finding in admission.findings)
    assert bool(admission.reasons) is (admission.outcome is not Outcome.ADMISSIBLE)
    assert bool(admission.missing) is (admission.outcome is Outcome.PENDING_INFO) or (
        admission.outcome is Outcome.NOT_ADMISSIBLE
    )
    if admission.outcome is Outcome.NOT_ADMISSIBLE:
        assert admission.orientation is not None
        assert admission.orientation.levels or admission.orientation.tracks


def test_the_same_four_inputs_give_the_same_answer() -> None:
    case = case_of(RULES)
    assert assess(case) == assess(replace(case, on=TODAY))


def finding(result: Result, *, asks: bool) -> Finding:
    missing = (Missing("birth", ("PASSPORT",)),) if asks and result is Result.UNKNOWN else ()
    return Finding(Criterion.STATUS, result, "legal_status", None, FactSource.REGISTRY, TODAY, None, missing=missing)


@given(st.lists(st.builds(finding, st.sampled_from(Result), asks=st.booleans()), min_size=1, max_size=6))
def test_the_fold_takes_the_worst_certain_then_the_askable_then_the_human(findings: list[Finding]) -> None:
    worst = 0
    for one in findings:
        weight = {Result.PASS: 0, Result.UNKNOWN: 2 if one.missing else 1, Result.FAIL: 3}[one.result]
        worst = max(worst, weight)
    names = [Outcome.ADMISSIBLE, Outcome.REFER, Outcome.PENDING_INFO, Outcome.NOT_ADMISSIBLE]
    assert outcome_of(findings) is names[worst]
