"""What may be published and amended."""

from typing import Any
from uuid import uuid4

import pytest

from services.training.courses.domain.catalogue import (
    NEXT_SESSION_STATES,
    Level,
    Mode,
    ProgrammeDraft,
    SessionDraft,
    SessionState,
    check_amendment,
    check_programme,
    usual_admission_rule,
)
from services.training.courses.domain.errors import (
    AdmissionRuleUnfitError,
    ApprenticeshipSharesError,
    CapacityBelowEnrolledError,
    TransitionRefusedError,
)
from services.training.courses.domain.rules import RuleSet, rule_set
from tests.training.builders import ENDS_ON, STARTS_ON, TODAY, course


def draft(**changes: Any) -> ProgrammeDraft:
    said: dict[str, Any] = {
        "institution_id": uuid4(),
        "name": "Menuiserie",
        "level": Level.Q,
        "mode": Mode.APPRENTICESHIP,
        "languages": ("fr",),
        "hours": 1000,
        "enterprise_hours": 800,
        "centre_hours": 100,
    }
    said |= changes
    said.setdefault("admission_rule", usual_admission_rule(said["mode"]))
    return ProgrammeDraft(**said)


def amendment(**changes: Any) -> SessionDraft:
    said: dict[str, Any] = {"programme_id": uuid4(), "starts_on": STARTS_ON, "ends_on": ENDS_ON, "capacity": 20}
    return SessionDraft(**(said | changes))


@pytest.mark.parametrize("mode", Mode)
def test_the_usual_rule_of_a_mode_fits_it(rules: RuleSet, mode: Mode) -> None:
    check_programme(draft(mode=mode), rules, on=TODAY)


@pytest.mark.parametrize(
    ("mode", "admission_rule"),
    [
        (Mode.APPRENTICESHIP, "LEVEL"),
        (Mode.APPRENTICESHIP, "ASSOCIATION_COURSE"),
        (Mode.EVENING, "APPRENTICESHIP"),
        (Mode.EVENING, "NONE_OF_OURS"),
    ],
)
def test_an_admission_rule_of_another_mode_or_of_nobody_is_refused(
    rules: RuleSet, mode: Mode, admission_rule: str
) -> None:
    with pytest.raises(AdmissionRuleUnfitError):
        check_programme(draft(mode=mode, admission_rule=admission_rule), rules, on=TODAY)


@pytest.mark.parametrize(
    ("changes", "pointer", "minimum"),
    [
        ({"enterprise_hours": 799}, "/enterprise_hours", 80),
        ({"centre_hours": 99}, "/centre_hours", 10),
        ({"centre_hours": None}, "/centre_hours", 10),
        ({"hours": None}, "/enterprise_hours", 80),
    ],
)
def test_apprentices_spend_most_of_their_time_in_the_enterprise_and_some_in_the_centre(
    rules: RuleSet, changes: dict[str, Any], pointer: str, minimum: int
) -> None:
    with pytest.raises(ApprenticeshipSharesError) as refusal:
        check_programme(draft(**changes), rules, on=TODAY)
    assert refusal.value.pointer == pointer
    assert refusal.value.extensions == {"minimum_per_cent": minimum}


def test_a_share_that_no_rule_sets_is_not_asked_for(rules: RuleSet) -> None:
    fewer = rule_set(rule for rule in rules.rules if not rule.code.endswith("_SHARE_MIN"))
    check_programme(draft(hours=None), fewer, on=TODAY)


def test_seats_are_not_taken_from_under_those_who_sit_on_them() -> None:
    check_amendment(course(seats_taken=5), amendment(capacity=5))
    with pytest.raises(CapacityBelowEnrolledError) as refusal:
        check_amendment(course(seats_taken=6), amendment(capacity=5))
    assert refusal.value.extensions == {"seats_taken": 6}
    check_amendment(course(seats_taken=6), amendment(capacity=5, state=SessionState.CANCELLED))


def test_a_cancelled_session_stays_cancelled() -> None:
    for state in SessionState:
        for to in SessionState:
            if to in NEXT_SESSION_STATES[state]:
                check_amendment(course(state=state), amendment(state=to))
            else:
                assert state is SessionState.CANCELLED
                with pytest.raises(TransitionRefusedError):
                    check_amendment(course(state=state), amendment(state=to))


def test_seats_left_are_those_not_taken() -> None:
    assert course(capacity=20, seats_taken=7).seats_left == 13
