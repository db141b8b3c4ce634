"""Each criterion by tables of examples: levels, 1 September, imprecise births, statuses, apprentices."""

from dataclasses import replace
from datetime import date

import pytest

from services.kit.periods import BirthInterval, Period, Result
from services.training.courses.domain.catalogue import Level, Mode, SessionState
from services.training.courses.domain.criteria import (
    apprentice_entry_suffices,
    old_enough,
    old_enough_for_contract,
    school_level_suffices,
    session_takes_applications,
    status_allows,
    young_enough,
    young_enough_for_crafts,
)
from services.training.courses.domain.facts import Declared, FactSource, LegalStatus
from services.training.courses.domain.findings import Reason
from services.training.courses.domain.rules import Certainty, Rule, RuleSet, rule_set
from tests.training.builders import STARTS_ON, TODAY, born, case_of, course, in_year, person_facts, regular

PASS, FAIL, UNKNOWN = Result.PASS, Result.FAIL, Result.UNKNOWN


@pytest.mark.parametrize(
    ("level", "school_level", "result"),
    [
        (Level.S, "READ_WRITE_COUNT", FAIL),
        (Level.S, "PRIMAIRE_6", PASS),
        (Level.S, "LICENCE", PASS),
        (Level.Q, "PRIMAIRE_6", FAIL),
        (Level.Q, "COLLEGE_3", PASS),
        (Level.T, "BAC_FINAL_YEAR", FAIL),
        (Level.T, "BAC_2_COMPLETED", PASS),
        (Level.TS, "BAC_2_COMPLETED", FAIL),
        (Level.TS, "BACCALAUREAT", PASS),
        (Level.TS, "LICENCE", PASS),
        (Level.BP, "COLLEGE_3", FAIL),
        (Level.BP, "TRONC_COMMUN", PASS),
        (Level.FQ, "AUCUN", FAIL),
        (Level.FQ, "READ_WRITE_COUNT", PASS),
    ],
)
def test_a_level_asks_for_its_schooling(rules: RuleSet, level: Level, school_level: str, result: Result) -> None:
    facts = person_facts(school_level=school_level)
    finding = school_level_suffices(case_of(rules, facts=facts, declared=Declared(diplomas=()), level=level))
    assert finding.result is result
    assert finding.fact_value == school_level
    assert finding.rule is not None
    assert finding.rule.code == f"LEVEL_{level}_REQUIRES"
    assert finding.reason is (None if result is PASS else Reason.LEVEL_TOO_LOW)


@pytest.mark.parametrize(
    ("level", "diploma", "result"),
    [
        (Level.Q, "S", PASS),
        (Level.Q, "T", FAIL),
        (Level.T, "Q", PASS),
        (Level.T, "S", FAIL),
        (Level.TS, "T", PASS),
        (Level.TS, "LICENCE", PASS),
        (Level.TS, "Q", FAIL),
        (Level.S, "Q", FAIL),
        (Level.BP, "Q", FAIL),
    ],
)
def test_a_diploma_bridges_one_step(rules: RuleSet, level: Level, diploma: str, result: Result) -> None:
    declared = Declared(diplomas=("BP", diploma))
    finding = school_level_suffices(
        case_of(rules, facts=person_facts(school_level="AUCUN"), declared=declared, level=level)
    )
    assert finding.result is result
    if result is PASS:
        assert (finding.fact, finding.fact_value, finding.fact_source) == ("diploma", diploma, FactSource.DECLARED)
        assert finding.rule is not None
        assert finding.rule.code == f"LEVEL_{level}_BRIDGES"


@pytest.mark.parametrize(
    ("level", "school_level", "diplomas", "result", "missing"),
    [
        (Level.Q, None, None, UNKNOWN, ["school_level", "diploma"]),
        (Level.Q, None, (), UNKNOWN, ["school_level"]),
        (Level.Q, "PRIMAIRE_6", None, UNKNOWN, ["diploma"]),
        (Level.Q, "PRIMAIRE_6", (), FAIL, []),
        (Level.S, "AUCUN", None, FAIL, []),  # no diploma opens S: not asking for one changes nothing
        (Level.S, None, None, UNKNOWN, ["school_level"]),
        (Level.Q, "NOT_A_LEVEL_OF_OURS", (), UNKNOWN, ["school_level"]),
    ],
)
def test_what_nobody_asked_is_missing_and_not_held_against_her(
    rules: RuleSet,
    level: Level,
    school_level: str | None,
    diplomas: tuple[str, ...] | None,
    result: Result,
    missing: list[str],
) -> None:
    case = case_of(
        rules, facts=person_facts(school_level=school_level), declared=Declared(diplomas=diplomas), level=level
    )
    finding = school_level_suffices(case)
    assert finding.result is result
    assert [each.fact for each in finding.missing] == missing


@pytest.mark.parametrize(
    ("registered", "declared", "value", "source"),
    [
        ("COLLEGE_3", None, "COLLEGE_3", FactSource.REGISTRY),
        ("PRIMAIRE_6", "COLLEGE_3", "COLLEGE_3", FactSource.DECLARED),
        ("BACCALAUREAT", "COLLEGE_3", "BACCALAUREAT", FactSource.REGISTRY),
        (None, "COLLEGE_3", "COLLEGE_3", FactSource.DECLARED),
    ],
)
def test_the_better_of_what_is_registered_and_declared_counts(
    rules: RuleSet, registered: str | None, declared: str | None, value: str, source: FactSource
) -> None:
    case = case_of(rules, facts=person_facts(school_level=registered), declared=Declared(school_level=declared))
    finding = school_level_suffices(case)
    assert (finding.result, finding.fact_value, finding.fact_source) == (PASS, value, source)


def test_a_level_without_a_rule_is_put_to_a_human(rules: RuleSet) -> None:
    for gone in ("LEVEL_Q_REQUIRES", "SCHOOL_LEVEL_ORDER"):
        fewer = rule_set(rule for rule in rules.rules if rule.code != gone)
        finding = school_level_suffices(case_of(fewer))
        assert (finding.result, finding.reason, finding.missing) == (UNKNOWN, Reason.NO_RULE, ())


@pytest.mark.parametrize(
    ("level", "school_level", "result"),
    [
        (Level.FQ, "READ_WRITE_COUNT", PASS),
        (Level.S, "PRIMAIRE_6", PASS),
        (Level.Q, "PRIMAIRE_6", FAIL),
        (Level.T, "BAC_FINAL_YEAR", PASS),
        (Level.T, "TRONC_COMMUN", FAIL),
        (Level.TS, "LICENCE", UNKNOWN),  # law 12-00 knows no such entry
    ],
)
def test_apprentices_enter_by_law_12_00(rules: RuleSet, level: Level, school_level: str, result: Result) -> None:
    facts = person_facts(school_level=school_level)
    case = case_of(rules, facts=facts, level=level, mode=Mode.APPRENTICESHIP)
    assert apprentice_entry_suffices(case).result is result


@pytest.mark.parametrize(
    ("birth", "result"),
    [
        (born(date(1996, 9, 2)), PASS),  # turns 31 the day after
        (born(date(1996, 9, 1)), FAIL),  # is 31 that very day
        (born(date(1997, 9, 1)), PASS),
        (born(date(1996, 8, 31)), FAIL),
        (born(date(1996, 2, 29)), FAIL),
        (in_year(1996), UNKNOWN),
        (in_year(1995), FAIL),
        (in_year(1997), PASS),
        (in_year(1998, plus_minus=2), UNKNOWN),
        (in_year(2000, plus_minus=2), PASS),
        (in_year(1993, plus_minus=2), FAIL),
        (BirthInterval(date(1996, 9, 2), None), UNKNOWN),
        (BirthInterval(), UNKNOWN),
    ],
)
def test_the_upper_limit_is_thirty_completed_years_on_1_september(
    rules: RuleSet, birth: BirthInterval, result: Result
) -> None:
    finding = young_enough(case_of(rules, facts=person_facts(birth=birth)))
    assert finding is not None
    assert finding.result is result
    assert finding.on == date(2027, 9, 1)
    assert finding.reason is {PASS: None, FAIL: Reason.TOO_OLD, UNKNOWN: Reason.AGE_UNCERTAIN}[result]


@pytest.mark.parametrize(
    ("birth", "result"),
    [
        (born(date(2012, 9, 1)), PASS),
        (born(date(2012, 9, 2)), FAIL),
        (born(date(2012, 2, 29)), PASS),
        (in_year(2012), UNKNOWN),
        (in_year(2011), PASS),
        (in_year(2013), FAIL),
        (BirthInterval(None, date(2011, 1, 1)), UNKNOWN),
    ],
)
def test_fifteen_is_reached_on_1_september_of_the_year_the_session_starts(
    rules: RuleSet, birth: BirthInterval, result: Result
) -> None:
    finding = old_enough(case_of(rules, facts=person_facts(birth=birth)))
    assert finding is not None
    assert (finding.result, finding.on) == (result, date(2027, 9, 1))
    assert bool(finding.needs) is (result is UNKNOWN)  # an age cannot be brought, a proof of birth can


def test_levels_without_a_reference_day_count_on_the_first_day(rules: RuleSet) -> None:
    finding = old_enough(case_of(rules, facts=person_facts(birth=born(date(2012, 9, 15))), level=Level.FQ))
    assert finding is not None
    assert (finding.result, finding.on) == (PASS, STARTS_ON)


@pytest.mark.parametrize("level", [Level.BP, Level.FQ])
def test_a_level_without_an_upper_limit_asks_for_none(rules: RuleSet, level: Level) -> None:
    assert young_enough(case_of(rules, level=level)) is None


def test_a_level_without_a_minimum_age_asks_for_none(rules: RuleSet) -> None:
    fewer = rule_set(rule for rule in rules.rules if rule.code != "LEVEL_Q_AGE_MIN")
    assert old_enough(case_of(fewer)) is None


def test_the_reading_of_thirty_at_most_is_data(rules: RuleSet) -> None:
    case = case_of(rules, facts=person_facts(birth=born(date(1997, 8, 31))))
    birthday = Rule("AGE_MAX_BOUND", "THROUGH_BIRTHDAY", Period(), Certainty.DESIGN, "test")
    others = [rule for rule in rules.rules if rule.code != "AGE_MAX_BOUND"]
    for reading, result in (([birthday], FAIL), ([], PASS)):
        finding = young_enough(replace(case, rules=rule_set([*others, *reading])))
        assert finding is not None
        assert finding.result is result


@pytest.mark.parametrize(
    ("birth", "contract_on", "result"),
    [
        (born(date(2012, 2, 29)), date(2027, 2, 27), FAIL),
        (born(date(2012, 2, 29)), date(2027, 2, 28), PASS),  # a leap day's birthday in a common year
        (born(date(2012, 9, 15)), None, PASS),  # without a contract yet, the session's first day
        (born(date(2012, 9, 16)), None, FAIL),
    ],
)
def test_apprentices_are_fifteen_when_they_sign(
    rules: RuleSet, birth: BirthInterval, contract_on: date | None, result: Result
) -> None:
    case = case_of(
        rules,
        facts=person_facts(birth=birth),
        declared=Declared(contract_on=contract_on),
        mode=Mode.APPRENTICESHIP,
    )
    finding = old_enough_for_contract(case)
    assert finding is not None
    assert finding.result is result


@pytest.mark.parametrize(("sector", "asked"), [("ARTISANAT", True), ("BTP", False), (None, False)])
def test_only_crafts_have_an_upper_limit_for_apprentices(rules: RuleSet, sector: str | None, *, asked: bool) -> None:
    case = case_of(rules, facts=person_facts(birth=in_year(1980)), mode=Mode.APPRENTICESHIP, sector=sector)
    finding = young_enough_for_crafts(case)
    assert (finding is not None) is asked
    assert finding is None or finding.result is FAIL


def test_without_a_list_of_crafts_no_sector_is_one(rules: RuleSet) -> None:
    fewer = rule_set(rule for rule in rules.rules if rule.code != "APPRENTICESHIP_CRAFT_SECTORS")
    assert young_enough_for_crafts(case_of(fewer, mode=Mode.APPRENTICESHIP, sector="ARTISANAT")) is None


@pytest.mark.parametrize(
    ("codes", "result", "reason"),
    [
        (["REGULARISED_2014"], PASS, None),
        (["REGULARISED_2017"], PASS, None),
        (["REGULAR_OTHER"], PASS, None),
        (["REFUGEE_BRA"], PASS, None),
        (["REFUGEE_UNHCR_MANDATE"], PASS, None),
        (["ASYLUM_SEEKER_UNHCR"], UNKNOWN, Reason.STATUS_TO_CONFIRM),
        (["RECEPISSE_AUDITION_BRA"], UNKNOWN, Reason.STATUS_TO_CONFIRM),
        (["STATELESS"], UNKNOWN, Reason.STATUS_TO_CONFIRM),
        (["IRREGULAR"], FAIL, Reason.STATUS_NOT_ALLOWED),
        (["UNKNOWN"], UNKNOWN, Reason.STATUS_UNKNOWN),
        ([], UNKNOWN, Reason.STATUS_UNKNOWN),
        (["A_STATUS_OF_TOMORROW"], UNKNOWN, Reason.NO_RULE),
        (["IRREGULAR", "REFUGEE_UNHCR_MANDATE"], PASS, None),
        (["IRREGULAR", "ASYLUM_SEEKER_UNHCR"], UNKNOWN, Reason.STATUS_TO_CONFIRM),
        (["UNKNOWN", "ASYLUM_SEEKER_UNHCR"], UNKNOWN, Reason.STATUS_TO_CONFIRM),
        (["IRREGULAR", "UNKNOWN"], UNKNOWN, Reason.STATUS_UNKNOWN),
    ],
)
def test_of_several_statuses_the_one_that_helps_most_counts(
    rules: RuleSet, codes: list[str], result: Result, reason: Reason | None
) -> None:
    facts = person_facts(legal_statuses=tuple(LegalStatus(code) for code in codes))
    finding = status_allows(case_of(rules, facts=facts))
    assert (finding.result, finding.reason) == (result, reason)


@pytest.mark.parametrize(
    ("valid", "result"),
    [
        (Period(date(2018, 1, 1), TODAY), PASS),
        (Period(TODAY, None), PASS),
        (Period(None, date(2026, 11, 22)), UNKNOWN),
        (Period(date(2026, 11, 24), None), UNKNOWN),
    ],
)
def test_a_status_counts_while_it_holds(rules: RuleSet, valid: Period, result: Result) -> None:
    facts = person_facts(legal_statuses=(regular(valid=valid),))
    finding = status_allows(case_of(rules, facts=facts))
    assert finding.result is result
    if result is UNKNOWN:
        assert "REGULARISED_2017" in finding.needs[0].values
        assert "ASYLUM_SEEKER_UNHCR" not in finding.needs[0].values


@pytest.mark.parametrize(
    ("state", "on", "reason"),
    [
        (SessionState.OPEN, TODAY, None),
        (SessionState.OPEN, STARTS_ON, None),
        (SessionState.OPEN, date(2027, 9, 16), Reason.SESSION_STARTED),
        (SessionState.CLOSED, TODAY, Reason.SESSION_NOT_OPEN),
        (SessionState.CANCELLED, date(2027, 9, 16), Reason.SESSION_NOT_OPEN),
    ],
)
def test_a_session_takes_applications_while_it_is_open_and_has_not_started(
    rules: RuleSet, state: SessionState, on: date, reason: Reason | None
) -> None:
    finding = session_takes_applications(case_of(rules, offered=course(state=state), on=on))
    assert finding.reason is reason
    assert finding.result is (PASS if reason is None else FAIL)


def test_late_entry_is_data(rules: RuleSet) -> None:
    fewer = [rule for rule in rules.rules if rule.code != "SESSION_LATE_ENTRY_DAYS"]
    ten_days = Rule("SESSION_LATE_ENTRY_DAYS", 10, Period(), Certainty.DESIGN, "test")
    for rows, result in (([ten_days], PASS), ([], FAIL)):
        case = case_of(rule_set([*fewer, *rows]), on=date(2027, 9, 25))
        assert session_takes_applications(case).result is result


@pytest.mark.parametrize(
    ("birth", "written"),
    [
        (BirthInterval(), None),
        (in_year(1996), "1996-01-01/1996-12-31"),
        (BirthInterval(None, date(1996, 1, 1)), "../1996-01-01"),
        (BirthInterval(date(1996, 1, 1), None), "1996-01-01/.."),
    ],
)
def test_an_imprecise_birth_is_shown_as_the_interval_it_is(
    rules: RuleSet, birth: BirthInterval, written: str | None
) -> None:
    finding = old_enough(case_of(rules, facts=person_facts(birth=birth)))
    assert finding is not None
    assert finding.fact_value == written
