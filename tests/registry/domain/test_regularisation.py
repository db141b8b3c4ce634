"""Steps, deadlines, criteria and papers of regularisation files, by the packaged rules."""

from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import PartialDate, Period, Precision, Result
from services.registry.domain.papers import LegalStatus
from services.registry.domain.persons import Person, Sex
from services.registry.domain.regularisation import (
    RegularisationFile,
    Taken,
    check_reasons,
    move,
    notify,
    step_warnings,
    with_due,
)
from services.registry.domain.regularisation_criteria import (
    Evidence,
    Origin,
    Situation,
    check_value,
    judge,
    partial_date,
    proposal_of,
)
from services.registry.domain.regularisation_deadlines import Due, after_months, running
from services.registry.domain.regularisation_errors import (
    EvidenceRefusedError,
    ReasonsNeededError,
    RegularisationCodeUnknownError,
    RegularisationDateRefusedError,
    StepRefusedError,
)
from services.registry.domain.regularisation_rules import RegularisationBook, Stage
from services.registry.store.regularisation_rules import book_of
from services.registry.store.regularisation_seeds import rule_rows, statistic_rows
from tests.registry.builders import NOW, PERSON_ID, REFERENCE, TODAY
from tests.registry.builders import person as person_of

FILED = date(2017, 3, 15)
AVIS = "AVIS_DEFAVORABLE"


@cache
def book() -> RegularisationBook:
    return book_of(rule_rows(), REFERENCE.school_levels)


def file(*path: str, **changes: Any) -> RegularisationFile:
    """Return a file that has gone along a path, a step on each first of the month."""
    first = Taken(None, "DEPOSE", FILED, (), NOW, "clerk-7", "prefecture")
    made = RegularisationFile(
        PERSON_ID, PERSON_ID, "R2017", "CONJOINT_MAROCAIN", "MA-RAB", FILED, NOW, "clerk-7", "prefecture",
        steps=(first,),
    )  # fmt: skip
    made = with_due(replace(made, **changes), book())
    for place, to_state in enumerate(path):
        made = move(made, taken(to_state, on=date(2017, 4 + place, 1)), book(), today=TODAY)
    return made


def taken(to_state: str, *reasons: str, on: date = date(2017, 4, 1)) -> Taken:
    return Taken(None, to_state, on, reasons or ("Entendu.",), NOW, "clerk-7", "prefecture")


def situation(person: Person | None = None, **facts: Any) -> Situation:
    told = {name: Evidence(name, value, (), NOW, "clerk-7", "prefecture") for name, value in facts.items()}
    return Situation(person or person_of(), told, FILED, book().school_levels)


def results(known: Situation, category: str, stage: Stage = Stage.LOCAL, on: date = FILED) -> dict[str, Result]:
    found = judge(known, book(), campaign="R2017", category=category, stage=stage, on=on)
    return {finding.ground: finding.result for finding in found}


def test_every_state_can_be_reached_and_leads_to_the_end() -> None:
    reached, waiting = {"DEPOSE"}, ["DEPOSE"]
    while waiting:
        for one in book().steps_from(waiting.pop()):
            if one.to_state not in reached:
                reached.add(one.to_state)
                waiting.append(one.to_state)
    assert reached == {state.rule.code for state in book().states}
    for state in book().states:
        steps = book().steps_from(state.rule.code)
        assert state.final == (not steps)
        assert state.final or any(step.to_state == "CLOS" for step in steps)


def test_every_decision_asks_for_reasons_and_every_refusal_for_words() -> None:
    for step in book().steps:
        decides = step.to_state.startswith(("AVIS", "RECOURS_ACC", "RECOURS_REJ")) or step.to_state == "CLOS"
        assert ("reasons" in step.needs) == decides
        assert ("words" in step.needs) == (step.to_state in {AVIS, "RECOURS_REJETE"})


def test_the_rules_name_only_what_is_there() -> None:
    rules = book()
    categories = {row.rule.code for row in rules.categories} | {"ALL"}
    proofs = {row.rule.code for row in rules.papers} | {"ACTIVITY_PROOF", "CRIMINAL_RECORD", "SCHOOL_CERTIFICATE"}
    assert {row.category for row in rules.criteria} <= categories
    assert {row.category for row in rules.papers} <= categories
    assert {proof for fact in rules.facts for proof in fact.proofs} <= proofs
    for row in rules.criteria:
        rules.fact(rules.metric(row.metric).fact)
        rules.campaign(row.campaign)
    for status in (campaign.status for campaign in rules.campaigns):
        assert status in REFERENCE.legal_statuses
    assert {row.permit for row in rules.cards} <= REFERENCE.permit_rules.keys()
    assert {row.source for row in (each.rule for each in rules.papers)} == {"S5", "MEM", "facts.md 1.3"}
    assert len(rules.bureaus) == 83


def test_published_counts_disagree_and_are_all_kept() -> None:
    counts = [
        row for row in statistic_rows()
        if row["series"] == "R2014_APPLICATIONS" and row["nationality"] is row["region"] is None
    ]  # fmt: skip
    assert sorted(row["value"] for row in counts) == [27130, 27332, 27449, 27643, 27649]
    assert len({(row["series"], row["as_of"], row["source"], row["nationality"], row["region"]) for row in
                statistic_rows()}) == len(statistic_rows())  # fmt: skip


def test_a_step_is_taken_only_along_the_table() -> None:
    made = file("EN_EXAMEN_COMMISSION")
    assert (made.version, made.last_on) == (2, date(2017, 4, 1))
    with pytest.raises(StepRefusedError) as refused:
        move(made, taken("CARTE_DELIVREE"), book(), today=TODAY)
    assert refused.value.extensions["allowed"] == ["AVIS_DEFAVORABLE", "AVIS_FAVORABLE", "CLOS"]
    with pytest.raises(RegularisationCodeUnknownError):
        move(made, taken("NOWHERE"), book(), today=TODAY)
    with pytest.raises(RegularisationDateRefusedError):
        move(made, taken("AVIS_FAVORABLE", on=date(2017, 3, 31)), book(), today=TODAY)
    with pytest.raises(RegularisationDateRefusedError):
        move(made, taken("AVIS_FAVORABLE", on=date(2027, 3, 31)), book(), today=TODAY)


@pytest.mark.parametrize(
    ("reasons", "needs", "passes"),
    [
        ((), set(), True),
        ((), {"reasons"}, False),
        (("LOST",), {"reasons"}, True),
        (("LOST",), {"reasons", "words"}, False),
        (("LOST", "Perdu au transport."), {"reasons", "words"}, True),
    ],
)
def test_reasons_are_asked_for_as_the_step_needs_them(reasons: tuple[str, ...], needs: set[str], passes: bool) -> None:
    if passes:
        check_reasons(reasons, frozenset(needs), book())
    else:
        with pytest.raises(ReasonsNeededError):
            check_reasons(reasons, frozenset(needs), book())


def test_a_code_that_is_on_no_list_is_no_reason() -> None:
    with pytest.raises(RegularisationCodeUnknownError) as refused:
        check_reasons(("LOST", "NOT_ON_THE_LIST"), frozenset(), book())
    assert refused.value.pointer == "/reasons/1"


def test_the_commission_has_two_months_and_the_appeal_sixty_days_from_notification() -> None:
    made = file("EN_EXAMEN_COMMISSION")
    assert made.due == Due("COMMISSION_OPINION", date(2017, 5, 15))
    refused = file("EN_EXAMEN_COMMISSION", AVIS)
    assert refused.due is None
    told = notify(refused, date(2017, 5, 20), book(), today=TODAY)
    assert told.due == Due("APPEAL_FILING", date(2017, 7, 19))
    assert notify(told, None, book(), today=TODAY) == refused
    late = move(told, taken("RECOURS_DEPOSE", on=date(2017, 7, 20)), book(), today=TODAY)
    assert step_warnings(told, late) == ("after-deadline",)
    timely = move(told, taken("RECOURS_DEPOSE", on=date(2017, 7, 19)), book(), today=TODAY)
    assert step_warnings(told, timely) == ()
    assert timely.due is None
    with pytest.raises(StepRefusedError):
        notify(made, date(2017, 5, 20), book(), today=TODAY)
    with pytest.raises(RegularisationDateRefusedError):
        notify(refused, date(2017, 4, 30), book(), today=TODAY)


def test_a_file_shows_the_deadlines_it_has_met_or_may_meet() -> None:
    def shown(made: RegularisationFile, today: date) -> dict[str, tuple[date | None, bool]]:
        reached = {step.to_state: step.on for step in reversed(made.steps)}
        found = running(book().deadlines, reached, made.filed_on, made.notified_on, state=made.state, today=today)
        return {one.deadline.rule.code: (one.met_on, one.late) for one in found}

    made = file("EN_EXAMEN_COMMISSION")
    assert shown(made, date(2017, 5, 15)) == {"COMMISSION_OPINION": (None, False)}
    assert shown(made, date(2017, 5, 16)) == {"COMMISSION_OPINION": (None, True)}
    refused = move(made, taken(AVIS, on=date(2017, 6, 1)), book(), today=TODAY)
    assert shown(refused, TODAY) == {"COMMISSION_OPINION": (date(2017, 6, 1), True), "APPEAL_FILING": (None, False)}
    closed = move(made, taken("CLOS", "WITHDRAWN", on=date(2017, 6, 1)), book(), today=TODAY)
    assert shown(closed, TODAY) == {"COMMISSION_OPINION": (None, False)}
    assert shown(file(filed_on=date(2018, 2, 1)), TODAY) == {"COMMISSION_OPINION": (None, False)}


@given(st.dates(date(1900, 1, 1), date(2150, 1, 1)), st.integers(0, 240))
def test_months_later_is_the_same_day_or_the_months_last(day: date, months: int) -> None:
    later = after_months(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day == day.day or (later.day < day.day and after_months(later, 0).replace(day=1) <= later)
    assert later.day <= day.day


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        ("2015-03-15", Result.PASS),
        ("2015-03-16", Result.FAIL),
        ("2014", Result.PASS),
        ("2015", Result.UNKNOWN),
        ("2015-03", Result.UNKNOWN),
        ("2016", Result.FAIL),
    ],
)
def test_two_years_of_common_life_are_counted_to_the_filing_and_an_imprecise_date_is_an_interval(
    since: str, expected: Result
) -> None:
    found = judge(
        situation(common_life_since=since), book(), campaign="R2017", category="CONJOINT_MAROCAIN",
        stage=Stage.LOCAL, on=FILED,
    )  # fmt: skip
    assert [finding.result for finding in found] == [expected]
    reason = {"FAIL": "R_DUREE_INSUFFISANTE", "UNKNOWN": "R_DATE_IMPRECISE", "PASS": None}[expected]
    assert found[0].reason == reason


def test_what_is_not_known_is_never_a_refusal() -> None:
    for category in book().categories:
        found = results(situation(), category.rule.code)
        assert Result.FAIL not in found.values(), category.rule.code
    assert results(situation(), "FEMME_ET_ENFANTS") == {"FEMME_ET_ENFANTS": Result.UNKNOWN}
    assert results(situation(common_life_since="soon"), "CONJOINT_MAROCAIN") == {"CONJOINT_MAROCAIN": Result.UNKNOWN}


@pytest.mark.parametrize(
    ("since", "expected"),
    [("2013-12-30", "PASS"), ("2013-12-31", "FAIL"), ("2013-12", "UNKNOWN"), ("2012", "PASS"), (None, "UNKNOWN")],
)
def test_the_ill_must_have_been_present_before_the_end_of_2013(since: str | None, expected: str) -> None:
    known = situation(None, **({"present_since": since} if since else {}))
    assert results(known, "MALADIE_GRAVE") == {"MALADIE_GRAVE": Result(expected)}


def test_a_yes_or_no_says_itself() -> None:
    assert results(situation(child_of_case=True), "ENFANT") == {"ENFANT": Result.PASS}
    assert results(situation(child_of_case=False), "ENFANT") == {"ENFANT": Result.FAIL}


def test_both_recognitions_on_record_make_a_refugee_and_one_leaves_it_open() -> None:
    held = tuple(LegalStatus(code, Period(None, None)) for code in ("REFUGEE_BRA", "REFUGEE_UNHCR_MANDATE"))
    both, one = replace(person_of(), legal_statuses=held), replace(person_of(), legal_statuses=held[:1])
    assert results(situation(both), "REFUGIE") == {"REFUGIE": Result.PASS}
    assert results(situation(one), "REFUGIE") == {"REFUGIE": Result.UNKNOWN}
    assert results(situation(one, recognised_unhcr_and_bra=True), "REFUGIE") == {"REFUGIE": Result.PASS}


@pytest.mark.parametrize(
    ("sex", "year", "women", "alone"),
    [
        (Sex.FEMALE, 1985, "PASS", "FAIL"),
        (Sex.MALE, 1985, "FAIL", "FAIL"),
        (Sex.MALE, 2005, "PASS", "PASS"),
        (Sex.MALE, 1999, "UNKNOWN", "PASS"),
        (Sex.UNKNOWN, 1985, "UNKNOWN", "FAIL"),
    ],
)
def test_the_appeal_opens_to_women_and_to_minors_who_are_not_of_age_for_certain(
    sex: Sex, year: int, women: str, alone: str
) -> None:
    known = situation(person_of(sex=sex, birth=PartialDate(year, precision=Precision.YEAR)), unaccompanied_minor=True)
    found = results(known, "CONJOINT_MAROCAIN", Stage.APPEAL, date(2018, 4, 1))
    assert (found["FEMME_ET_ENFANTS"].value, found["MNA"].value) == (women, alone)


def test_the_appeal_takes_the_local_criterion_where_it_has_none_of_its_own() -> None:
    found = results(situation(contract_since="2015-01"), "CONTRAT_TRAVAIL", Stage.APPEAL, date(2018, 4, 1))
    assert found["CONTRAT_TRAVAIL"] is Result.PASS
    assert {"ACTIVITE_SANS_CONTRAT", "NIVEAU_COLLEGE", "MNA"} <= found.keys()
    before = results(situation(), "CONTRAT_TRAVAIL", Stage.APPEAL, date(2018, 3, 26))
    assert before.keys() == {"CONTRAT_TRAVAIL"}


@pytest.mark.parametrize(
    ("level", "told", "expected"),
    [("COLLEGE_3", None, "PASS"), ("PRIMAIRE_6", None, "FAIL"), (None, None, "UNKNOWN"), (None, "LICENCE", "PASS")],
)
def test_schooling_is_read_from_the_record_unless_something_is_declared(
    level: str | None, told: str | None, expected: str
) -> None:
    known = situation(person_of(school_level=level), **({"school_level": told} if told else {}))
    assert results(known, "ENFANT", Stage.APPEAL, date(2018, 4, 1))["NIVEAU_COLLEGE"].value == expected


def test_where_no_rule_holds_the_authority_must_say() -> None:
    [finding] = judge(situation(), book(), campaign="R2017", category="MNA", stage=Stage.LOCAL, on=FILED)
    assert (finding.result, finding.reason, finding.rule) == (Result.UNKNOWN, "R_REGLE_ABSENTE", None)


def test_one_ground_is_enough_on_a_file_and_a_renewal_needs_all() -> None:
    known = situation(unaccompanied_minor=False, common_life_since="2017-01")
    found = judge(
        known, book(), campaign="R2017", category="CONJOINT_MAROCAIN", stage=Stage.APPEAL, on=date(2018, 4, 1)
    )
    assert proposal_of(found, Stage.APPEAL) is Result.PASS
    assert proposal_of(found, Stage.RENEWAL) is Result.FAIL
    passes = [one for one in found if one.result is Result.PASS]
    assert proposal_of(passes, Stage.RENEWAL) is Result.PASS
    assert proposal_of([], Stage.LOCAL) is Result.FAIL
    open_ones = [one for one in found if one.result is Result.UNKNOWN]
    assert proposal_of(open_ones, Stage.LOCAL) is Result.UNKNOWN


@pytest.mark.parametrize(
    ("fact", "value", "fits"),
    [
        ("resident_since", "2011", True),
        ("resident_since", "2011-13", False),
        ("resident_since", "2011-02-30", False),
        ("resident_since", "vers 2011", False),
        ("resident_since", True, False),
        ("child_of_case", False, True),
        ("child_of_case", "oui", False),
        ("school_level", "LICENCE", True),
        ("school_level", "COLLEGE", False),
    ],
)
def test_a_value_is_of_its_facts_kind(fact: str, value: Any, fits: bool) -> None:
    if fits:
        check_value(book().fact(fact), value, book().school_levels)
    else:
        with pytest.raises(EvidenceRefusedError):
            check_value(book().fact(fact), value, book().school_levels)


def test_a_document_behind_a_fact_is_told_from_a_word() -> None:
    word = Evidence("child_of_case", True, (), NOW, "clerk-7", "prefecture")
    assert word.origin is Origin.DECLARED
    assert replace(word, documents=(UUID(int=1),)).origin is Origin.DOCUMENT
    assert partial_date("2011-05-12") == PartialDate(2011, 5, 12)
