"""Consents, oppositions and rectifications as rules: what ends, what goes on, and when an answer is due."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import Period
from services.registry.domain.consents import (
    PAST_USE_STANDS,
    PROOF_IS_KEPT,
    SHARING_STOPS,
    STATUTORY_TASK_CONTINUES,
    Channel,
    Consent,
    ConsentState,
    Giver,
    Notice,
    NoticeNotInForceError,
    check_notice,
    notice_document,
    withdrawal_effects,
)
from services.registry.domain.oppositions import (
    Opposition,
    OppositionClosedError,
    OppositionState,
    StatutoryOnlyError,
    check_assessable,
    check_withdrawable,
)
from services.registry.domain.rectifications import (
    Access,
    Figures,
    Rectification,
    RectificationAnsweredError,
    RectificationState,
    check_unanswered,
    due_on,
    recipients_of,
)
from services.registry.domain.rights import (
    FutureDayError,
    PurposeRule,
    past_day,
    purposes_on,
    receipt_number,
    split_statutory,
)
from tests.registry.builders import NOW, PERSON_ID, TODAY

ALWAYS = Period(None, None)
PURPOSES = purposes_on(
    [
        PurposeRule("REGISTRATION", "PUBLIC_TASK", True, ALWAYS, "design", "test"),
        PurposeRule("TRAINING", "CONSENT", False, ALWAYS, "design", "test"),
        PurposeRule("TRAINING", "CONSENT", True, Period(None, date(2000, 1, 1)), "design", "test"),
    ],
    TODAY,
)
NOTICE = Notice("TRAINING", 1, "TRAINING", {"fr": {"title": "T"}}, Period(date(2026, 1, 1), None), "design", "test")


def opposition(**changes: Any) -> Opposition:
    """Return an opposition that nobody has assessed."""
    made = Opposition(
        id=PERSON_ID,
        person_id=PERSON_ID,
        number="OPPO-1",
        state=OppositionState.RECEIVED,
        recipient="ofppt",
        purposes=None,
        stopped=("TRAINING",),
        statutory=("REGISTRATION",),
        grounds="Mine",
        channel=Channel.WRITTEN,
        received_on=TODAY,
        due_on=TODAY + timedelta(days=30),
        documents=(),
        recorded_at=NOW,
        organisation="ministry",
    )
    return replace(made, **changes)


def rectification(**changes: Any) -> Rectification:
    """Return a request without an answer."""
    made = Rectification(
        id=PERSON_ID,
        person_id=PERSON_ID,
        number="RECT-1",
        state=RectificationState.OPEN,
        fields=("birth",),
        said="Wrong year",
        wanted="1991",
        channel=Channel.WRITTEN,
        documents=(),
        received_on=TODAY,
        due_on=TODAY + timedelta(days=10),
        recorded_at=NOW,
        organisation="ministry",
    )
    return replace(made, **changes)


def consent(**changes: Any) -> Consent:
    """Return a consent in force."""
    made = Consent(
        id=PERSON_ID,
        person_id=PERSON_ID,
        number="CONS-1",
        purpose="TRAINING",
        recipient="ofppt",
        notice_code="TRAINING",
        notice_version=1,
        language="fr",
        channel=Channel.ORAL,
        given_by=Giver.PERSON,
        given_on=TODAY,
        expires_on=TODAY,
        documents=(),
        recorded_at=NOW,
        organisation="ministry",
    )
    return replace(made, **changes)


def test_a_consent_runs_out_the_day_after_its_last_or_ends_before() -> None:
    assert consent().state_on(TODAY) is ConsentState.GIVEN
    assert consent().state_on(TODAY + timedelta(days=1)) is ConsentState.EXPIRED
    assert consent(expires_on=None).state_on(date(2100, 1, 1)) is ConsentState.GIVEN
    assert consent(end="withdrawn").state_on(TODAY) is ConsentState.WITHDRAWN


@pytest.mark.parametrize(
    ("notice", "purpose", "day"),
    [(None, "TRAINING", TODAY), (NOTICE, "SCHOOL", TODAY), (NOTICE, "TRAINING", date(2025, 12, 31))],
)
def test_a_consent_names_a_notice_that_was_shown_for_its_purpose_on_its_day(
    notice: Notice | None, purpose: str, day: date
) -> None:
    assert check_notice(NOTICE, "TRAINING", TODAY) is NOTICE
    assert notice_document(NOTICE, "fr") == {"code": "TRAINING", "version": 1, "title": "T"}
    with pytest.raises(NoticeNotInForceError):
        check_notice(notice, purpose, day)


def test_what_a_law_demands_goes_on_after_a_withdrawal_and_the_rest_stops() -> None:
    rest = (PAST_USE_STANDS, PROOF_IS_KEPT)
    assert withdrawal_effects("REGISTRATION", PURPOSES) == (STATUTORY_TASK_CONTINUES, *rest)
    assert withdrawal_effects("TRAINING", PURPOSES) == (SHARING_STOPS, *rest)
    assert withdrawal_effects("UNHEARD_OF", PURPOSES) == (SHARING_STOPS, *rest)
    assert split_statutory(None, PURPOSES) == (("TRAINING",), ("REGISTRATION",))
    assert split_statutory(["REGISTRATION", "UNHEARD_OF"], PURPOSES) == (("UNHEARD_OF",), ("REGISTRATION",))


def test_an_opposition_is_assessed_once_and_withdrawn_while_it_holds() -> None:
    check_assessable(opposition(), uphold=True)
    check_assessable(opposition(stopped=()), uphold=False)
    with pytest.raises(StatutoryOnlyError):
        check_assessable(opposition(stopped=()), uphold=True)
    upheld = opposition(state=OppositionState.UPHELD)
    with pytest.raises(OppositionClosedError):
        check_assessable(upheld, uphold=False)
    check_withdrawable(upheld)
    with pytest.raises(OppositionClosedError):
        check_withdrawable(opposition(state=OppositionState.REJECTED))
    late = TODAY + timedelta(days=31)
    assert [opposition().overdue_on(TODAY + timedelta(days=30)), opposition().overdue_on(late)] == [False, True]
    assert not upheld.overdue_on(late)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(1, 60))
def test_between_a_request_and_the_end_of_its_clock_lie_so_many_whole_days(received: date, clear_days: int) -> None:
    due = due_on(received, clear_days)
    whole = [received + timedelta(days=one) for one in range(1, 100) if received + timedelta(days=one) <= due]
    assert len(whole) == clear_days


def test_an_answer_is_late_from_the_day_after_it_was_due() -> None:
    open_one, answered = rectification(), rectification(state=RectificationState.REFUSED)
    due, late = open_one.due_on, open_one.due_on + timedelta(days=1)
    assert (open_one.overdue_on(due), open_one.overdue_on(late), answered.overdue_on(late)) == (False, True, False)
    assert (open_one.days_left_on(TODAY), open_one.days_left_on(late), answered.days_left_on(TODAY)) == (10, -1, None)
    check_unanswered(open_one)
    with pytest.raises(RectificationAnsweredError):
        check_unanswered(answered)


def test_whoever_was_shown_something_is_a_recipient_and_nobody_else() -> None:
    def entry(organisation: str, action: str, outcome: str = "ok", days: int = 0, purpose: str | None = None) -> Access:
        return Access(NOW + timedelta(days=days), organisation, action, outcome, purpose)

    found = recipients_of(
        [
            entry("ofppt", "read_person", days=2, purpose="TRAINING"),
            entry("ofppt", "list_permits", purpose="TRAINING"),
            entry("ofppt", "read_history"),
            entry("cnss", "read_facts", "replayed", purpose="HEALTH_COVERAGE"),
            entry("mdm", "read_person", "refused:not-found"),
            entry("alcs", "add_permit"),
            entry("ministry", "read_person"),
            entry("", "read_person"),
        ],
        but="ministry",
    )
    assert [(one.organisation, one.reads, one.purposes) for one in found] == [
        ("cnss", 1, ("HEALTH_COVERAGE",)),
        ("ofppt", 3, ("TRAINING",)),
    ]
    assert found[1].document()["last_at"] == (NOW + timedelta(days=2)).isoformat()


def test_the_indicator_is_null_where_there_is_nothing_to_measure() -> None:
    assert Figures(3, 0, 0, 3, 0).value is None
    assert Figures(5, 2, 1, 1, 1).value == 50.0


def test_something_happened_today_or_before() -> None:
    assert past_day("/on", None, TODAY) == TODAY
    assert past_day("/on", TODAY, TODAY) == TODAY
    with pytest.raises(FutureDayError) as refused:
        past_day("/on", TODAY + timedelta(days=1), TODAY)
    assert refused.value.pointer == "/on"


def test_numbers_of_receipts_carry_a_check_character() -> None:
    first, second = receipt_number("CONS", 2026, 1), receipt_number("OPPO", 2026, 1)
    assert first.startswith("CONS-2026-000001-")
    assert first[-1] != second[-1]
