"""Admission as a whole: the fold, what is missing, what would help, and where else to go."""

from datetime import date

import pytest

from services.training.courses.domain.admission import Admission, assess, check_declared
from services.training.courses.domain.catalogue import Level, Mode, SessionState
from services.training.courses.domain.errors import AdmissionRuleUnfitError, CodeUnknownError
from services.training.courses.domain.facts import Declared, LegalStatus
from services.training.courses.domain.findings import Criterion, Outcome, Reason, Relation
from services.training.courses.domain.rules import RuleSet, rule_set
from tests.training.builders import TODAY, born, case_of, course, in_year, person_facts

NO_DIPLOMA = Declared(diplomas=())
ASYLUM_SEEKER = (LegalStatus("ASYLUM_SEEKER_UNHCR"),)
IRREGULAR = (LegalStatus("IRREGULAR"),)


def levels_of(admission: Admission) -> dict[Level, Outcome]:
    assert admission.orientation is not None
    return {each.level: each.outcome for each in admission.orientation.levels}


def test_an_applicant_who_meets_everything_is_admissible(rules: RuleSet) -> None:
    admission = assess(case_of(rules))
    assert admission.outcome is Outcome.ADMISSIBLE
    assert (admission.reasons, admission.missing, admission.would_become, admission.orientation) == ((), (), None, None)
    assert [finding.criterion for finding in admission.findings] == [
        Criterion.SESSION,
        Criterion.LEVEL,
        Criterion.AGE_MIN,
        Criterion.AGE_MAX,
        Criterion.STATUS,
    ]
    assert admission.rule_set == rules.fingerprint
    assert admission.as_of == TODAY


def test_a_fact_to_bring_is_asked_for_before_a_human_is(rules: RuleSet) -> None:
    facts = person_facts(birth=in_year(1996), legal_statuses=ASYLUM_SEEKER)
    admission = assess(case_of(rules, facts=facts))
    assert admission.outcome is Outcome.PENDING_INFO
    assert admission.reasons == (Reason.AGE_UNCERTAIN, Reason.STATUS_TO_CONFIRM)
    assert [missing.fact for missing in admission.missing] == ["birth"]
    assert admission.would_become is not None
    assert admission.would_become.outcome is Outcome.REFER
    assert [condition.criterion for condition in admission.would_become.conditions] == [Criterion.AGE_MAX]


def test_the_same_missing_fact_is_asked_for_once(rules: RuleSet) -> None:
    admission = assess(case_of(rules, facts=person_facts(birth=in_year(2000, plus_minus=15))))
    assert [missing.fact for missing in admission.missing] == ["birth"]
    assert admission.reasons == (Reason.AGE_UNCERTAIN,)
    assert admission.would_become is not None
    assert admission.would_become.outcome is Outcome.ADMISSIBLE


def test_what_no_fact_settles_is_referred_and_a_human_would_admit(rules: RuleSet) -> None:
    admission = assess(case_of(rules, facts=person_facts(legal_statuses=ASYLUM_SEEKER)))
    assert admission.outcome is Outcome.REFER
    assert admission.would_become is not None
    assert admission.would_become.outcome is Outcome.ADMISSIBLE
    (condition,) = admission.would_become.conditions
    assert condition.criterion is None
    assert condition.any_of[0].fact == "human_decision"


def test_a_level_too_low_says_what_would_help_and_which_levels_are_open(rules: RuleSet) -> None:
    admission = assess(case_of(rules, declared=NO_DIPLOMA, level=Level.TS))
    assert admission.outcome is Outcome.NOT_ADMISSIBLE
    assert admission.reasons == (Reason.LEVEL_TOO_LOW,)
    assert admission.would_become is not None
    assert admission.would_become.outcome is Outcome.ADMISSIBLE
    needs = admission.would_become.conditions[0].any_of
    assert [(need.fact, need.relation, need.values) for need in needs] == [
        ("school_level", Relation.AT_LEAST, ("BACCALAUREAT",)),
        ("diploma", Relation.ONE_OF, ("T", "LICENCE")),
    ]
    assert list(levels_of(admission).items()) == [
        (Level.Q, Outcome.ADMISSIBLE),
        (Level.S, Outcome.ADMISSIBLE),
        (Level.FQ, Outcome.ADMISSIBLE),
    ]
    assert admission.orientation is not None
    assert admission.orientation.tracks == ()


def test_no_fact_would_help_somebody_too_old_but_other_levels_do(rules: RuleSet) -> None:
    admission = assess(case_of(rules, facts=person_facts(birth=born(date(1980, 1, 1)))))
    assert (admission.outcome, admission.would_become) == (Outcome.NOT_ADMISSIBLE, None)
    assert levels_of(admission) == {Level.FQ: Outcome.ADMISSIBLE}


def test_a_closed_session_leaves_the_same_level_open_elsewhere(rules: RuleSet) -> None:
    admission = assess(case_of(rules, offered=course(state=SessionState.CLOSED)))
    assert admission.outcome is Outcome.NOT_ADMISSIBLE
    assert Level.Q in levels_of(admission)


def test_an_irregular_status_is_oriented_to_what_asks_for_none(rules: RuleSet) -> None:
    admission = assess(case_of(rules, facts=person_facts(legal_statuses=IRREGULAR)))
    assert admission.outcome is Outcome.NOT_ADMISSIBLE
    assert admission.orientation is not None
    assert admission.orientation.levels == ()
    assert admission.orientation.tracks == ("ENF", "ASSOCIATION_COURSE")
    assert admission.would_become is not None
    assert "REFUGEE_BRA" in admission.would_become.conditions[0].any_of[0].values


def test_an_association_course_asks_for_no_status(rules: RuleSet) -> None:
    facts = person_facts(legal_statuses=IRREGULAR)
    admission = assess(case_of(rules, facts=facts, level=Level.FQ, admission_rule="ASSOCIATION_COURSE"))
    assert admission.outcome is Outcome.ADMISSIBLE


def test_not_knowing_her_status_asks_for_it_and_orients_meanwhile(rules: RuleSet) -> None:
    admission = assess(case_of(rules, facts=person_facts(legal_statuses=())))
    assert admission.outcome is Outcome.PENDING_INFO
    assert admission.orientation is not None
    assert (admission.orientation.levels, admission.orientation.tracks) == ((), ("ENF", "ASSOCIATION_COURSE"))


def test_nobody_is_sent_away_without_an_orientation(rules: RuleSet) -> None:
    facts = person_facts(school_level="AUCUN")
    admission = assess(case_of(rules, facts=facts, declared=NO_DIPLOMA))
    assert admission.orientation is not None
    assert admission.orientation.levels == ()
    assert admission.orientation.tracks == ("ENF", "ASSOCIATION_COURSE")


def test_without_rows_for_it_an_orientation_is_empty_and_still_there(rules: RuleSet) -> None:
    gone = {"TRAINING_LEVEL_ORDER", "NO_LEVEL_ORIENT_TO"}
    fewer = rule_set(rule for rule in rules.rules if rule.code not in gone)
    admission = assess(case_of(fewer, facts=person_facts(school_level="AUCUN"), declared=NO_DIPLOMA))
    assert admission.orientation is not None
    assert (admission.orientation.levels, admission.orientation.tracks) == ((), ())


def test_an_apprentice_is_asked_what_law_12_00_asks(rules: RuleSet) -> None:
    case = case_of(rules, facts=person_facts(birth=in_year(1990)), mode=Mode.APPRENTICESHIP, sector="BTP")
    admission = assess(case)
    assert admission.outcome is Outcome.ADMISSIBLE
    asked = [finding.criterion for finding in admission.findings]
    assert asked == [Criterion.SESSION, Criterion.ENTRY, Criterion.AGE_CONTRACT, Criterion.STATUS]


def test_apprenticeship_was_no_rule_before_its_law(rules: RuleSet) -> None:
    admission = assess(case_of(rules, mode=Mode.APPRENTICESHIP, on=date(2000, 5, 31)))
    assert admission.outcome is Outcome.REFER
    assert Reason.NO_RULE in admission.reasons


def test_an_admission_rule_that_is_not_in_force_decides_nothing(rules: RuleSet) -> None:
    with pytest.raises(AdmissionRuleUnfitError):
        assess(case_of(rules, admission_rule="NONE_OF_OURS"))


@pytest.mark.parametrize(
    ("declared", "pointer"),
    [
        (Declared(school_level="BAC+5"), "/declared/school_level"),
        (Declared(diplomas=("S", "DOCTORAT")), "/declared/diplomas/1"),
    ],
)
def test_a_declared_code_is_one_of_the_lists(rules: RuleSet, declared: Declared, pointer: str) -> None:
    with pytest.raises(CodeUnknownError) as refusal:
        check_declared(declared, rules, on=TODAY)
    assert refusal.value.pointer == pointer
    assert refusal.value.extensions["allowed"]


def test_declared_codes_of_the_lists_pass(rules: RuleSet) -> None:
    check_declared(Declared(), rules, on=TODAY)
    check_declared(Declared("LICENCE", ("S", "LICENCE")), rules, on=TODAY)
    check_declared(Declared("BAC+5"), rule_set(()), on=TODAY)
