"""The state machine, enumerated; and who may be enrolled, decided or withdrawn."""

from dataclasses import replace
from uuid import uuid4

import pytest

from services.training.courses.domain.admission import assess
from services.training.courses.domain.catalogue import SessionState
from services.training.courses.domain.enrolments import (
    NEXT,
    Application,
    Ruling,
    State,
    check_application_withdrawal,
    check_enrolment,
    check_ruling,
    move,
)
from services.training.courses.domain.errors import (
    NotAdmissibleError,
    RulingNotOpenError,
    SessionNotOpenError,
    TransitionRefusedError,
)
from services.training.courses.domain.facts import Declared, FactsRoad, LegalStatus
from services.training.courses.domain.findings import Outcome
from services.training.courses.domain.rules import RuleSet
from tests.training.builders import AT, case_of, course, person_facts

STATUS_OF = {
    Outcome.ADMISSIBLE: "REGULARISED_2014",
    Outcome.NOT_ADMISSIBLE: "IRREGULAR",
    Outcome.PENDING_INFO: "UNKNOWN",
    Outcome.REFER: "ASYLUM_SEEKER_UNHCR",
}


def application(rules: RuleSet, outcome: Outcome, *, state: State = State.APPLIED) -> Application:
    facts = person_facts(legal_statuses=(LegalStatus(STATUS_OF[outcome]),))
    admission = assess(case_of(rules, facts=facts))
    assert admission.outcome is outcome
    return Application(
        id=uuid4(),
        session_id=uuid4(),
        person_id=facts.person_id,
        state=state,
        version=1,
        created_at=AT,
        organisation="ofppt",
        admission=admission,
        facts=facts,
        facts_road=FactsRoad.VALUE,
        declared=Declared(),
        ruling=None,
    )


def test_every_step_is_in_the_table_or_refused() -> None:
    assert set(NEXT) == set(State)
    for state in State:
        for to in State:
            if to in NEXT[state]:
                assert move(state, to) is to
            else:
                with pytest.raises(TransitionRefusedError) as refusal:
                    move(state, to)
                assert refusal.value.extensions == {"state": state, "to": to}


def test_every_path_ends_and_ends_in_withdrawn() -> None:
    ends = [state for state in State if not NEXT[state]]
    assert ends == [State.WITHDRAWN]
    assert all(State.WITHDRAWN in NEXT[state] for state in State if state is not State.WITHDRAWN)


def test_only_the_admissible_are_enrolled(rules: RuleSet) -> None:
    check_enrolment(application(rules, Outcome.ADMISSIBLE), course())
    for outcome in set(Outcome) - {Outcome.ADMISSIBLE}:
        asked = application(rules, outcome)
        with pytest.raises(NotAdmissibleError) as refusal:
            check_enrolment(asked, course())
        assert refusal.value.extensions == {"outcome": outcome, "reasons": list(asked.admission.reasons)}


def test_a_seat_is_given_once_and_not_on_a_session_that_closed(rules: RuleSet) -> None:
    for state in (State.ENROLLED, State.WITHDRAWN):
        with pytest.raises(TransitionRefusedError):
            check_enrolment(application(rules, Outcome.ADMISSIBLE, state=state), course())
    for closed in (SessionState.CLOSED, SessionState.CANCELLED):
        with pytest.raises(SessionNotOpenError):
            check_enrolment(application(rules, Outcome.ADMISSIBLE), course(state=closed))


def test_a_human_decides_what_the_rules_left_open_and_only_that(rules: RuleSet) -> None:
    for outcome in (Outcome.REFER, Outcome.PENDING_INFO):
        check_ruling(application(rules, outcome))
    for outcome in (Outcome.ADMISSIBLE, Outcome.NOT_ADMISSIBLE):
        with pytest.raises(RulingNotOpenError):
            check_ruling(application(rules, outcome))
    with pytest.raises(TransitionRefusedError):
        check_ruling(application(rules, Outcome.REFER, state=State.WITHDRAWN))


def test_a_ruling_is_the_answer_in_force_and_is_given_once(rules: RuleSet) -> None:
    ruled = replace(application(rules, Outcome.REFER), ruling=Ruling(Outcome.ADMISSIBLE, "commission", "officer", AT))
    assert ruled.outcome is Outcome.ADMISSIBLE
    check_enrolment(ruled, course())
    with pytest.raises(RulingNotOpenError):
        check_ruling(ruled)


def test_an_application_is_withdrawn_while_it_waits(rules: RuleSet) -> None:
    check_application_withdrawal(application(rules, Outcome.NOT_ADMISSIBLE))
    for state in (State.ENROLLED, State.WITHDRAWN):
        with pytest.raises(TransitionRefusedError):
            check_application_withdrawal(application(rules, Outcome.ADMISSIBLE, state=state))
