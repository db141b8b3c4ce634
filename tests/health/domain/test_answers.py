"""What is shown, kept and told at the desk."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from services.health.coverage.domain.determination import determine
from services.health.coverage.domain.document import as_document
from services.health.coverage.domain.errors import AlreadyConfirmedError, NothingToConfirmError, ReplayDiffersError
from services.health.coverage.domain.facts import Declared, Source
from services.health.coverage.domain.outcomes import EndReason, Status
from services.health.coverage.domain.records import (
    Confirmation,
    Determination,
    DeterminationDraft,
    check_confirmable,
    entitlement_from,
)
from services.health.coverage.domain.rules import Category, Kind, RuleBook
from services.health.coverage.domain.verification import Right, verify
from services.kit.periods import Period
from tests.health.builders import AWA, COVERED_BY_ACHAMIL, NOW, TODAY, case, decide, facts, shipped_book

ID = UUID(int=5)


def kept(status: Status, *, category: Category | None = Category.COVERAGE, confirmed: bool = False) -> Determination:
    yes = status is Status.ELIGIBLE
    draft = DeterminationDraft(
        person_id=AWA,
        scheme_asked=None,
        scheme=None if category is None else "AMO_ACHAMIL",
        category=category,
        status=status,
        as_of=TODAY,
        evaluated_at=NOW,
        effective_from=TODAY if yes else None,
        effective_to=None,
        end_reason=None,
        contribution_mad_month=Decimal(176),
        rule_set="0" * 64,
        facts=facts(),
        facts_source=Source.REGISTRY,
        declared=Declared(),
        held=(),
        answer={},
        requested_by="officer",
        organisation="cnss",
    )
    return Determination(ID, draft, Confirmation(NOW, "officer", "cnss") if confirmed else None)


def test_a_document_explains_itself() -> None:
    asked = case(rsu_score="9.6", other_amo=False)
    document = as_document(decide("AMO_ACHAMIL", rsu_score="9.6", other_amo=False), asked, shipped_book())
    assert document["status"] == "PENDING_INFO"
    assert document["missing"] == [
        {
            "fact": "contribution_paid",
            "criteria": ["C_CONTRIBUTION"],
            "accepted_proofs": ["CNSS_PAYMENT_STATEMENT", "BANK_DEBIT_NOTICE"],
            "where": "CNSS",
        }
    ]
    assert document["would_become"] == {
        "status": "ELIGIBLE",
        "if": [{"criterion": "C_CONTRIBUTION", "fact": "contribution_paid", "needed": {"equals": True}}],
    }
    score = next(each for each in document["criteria"] if each["code"] == "C_SCORE")
    assert (score["fact_value"], score["fact_source"], score["rule"]["value"]) == ("9.6", "declared", "9.3264284")
    assert document["explanations"][0]["ar"]
    assert document["appeal"]["delay_days"] == 60
    assert document["appeal"]["rule"]["certainty"] == "memory"
    assert document["contribution_mad_month"] == "176"
    assert {"code": "BANK_STATEMENT", "requirement": "required", "for": "ALL", "certainty": "verified",
            "source": "S50"} in document["documents"]  # fmt: skip
    assert document["weakest_certainty"] == "design"
    assert document["facts_used"] == {"version": 3, "recorded_at": "2026-11-01T09:00:00+00:00", "source": "registry"}


def test_a_document_without_a_scheme_is_whole() -> None:
    asked = case(on=date(2001, 1, 1))
    document = as_document(decide(None, on=date(2001, 1, 1)), asked, shipped_book())
    assert (document["scheme"], document["criteria"], document["documents"]) == (None, [], [])
    assert document["appeal"]["body"] == "LOCAL_AUTHORITY"
    assert document["minimum_access"] == ["ESSP_FREE"]


def test_a_document_does_without_texts_proofs_and_appeals_that_no_rule_gives() -> None:
    bare = {Kind.REASON, Kind.PROOF, Kind.APPEAL}
    book = RuleBook(row for row in shipped_book().rows if row.kind not in bare)
    asked = case()
    document = as_document(determine(asked, book, scheme="AMO_CNSS"), asked, book)
    assert (document["explanations"], document["appeal"]) == ([], None)
    assert document["missing"][0]["accepted_proofs"] == []


@pytest.mark.parametrize("status", [Status.ELIGIBLE, Status.NOT_ELIGIBLE])
def test_a_yes_and_a_no_can_be_confirmed_once(status: Status) -> None:
    check_confirmable(kept(status))
    with pytest.raises(AlreadyConfirmedError):
        check_confirmable(kept(status, confirmed=True))


@pytest.mark.parametrize(
    ("status", "category"),
    [
        (Status.PENDING_INFO, Category.COVERAGE),
        (Status.REFER, Category.COVERAGE),
        (Status.ELIGIBLE, Category.MINIMUM_ACCESS),
    ],
)
def test_an_open_question_and_what_is_open_to_everyone_are_not_confirmed(status: Status, category: Category) -> None:
    with pytest.raises(NothingToConfirmError):
        check_confirmable(kept(status, category=category))


def test_a_yes_opens_a_right_and_a_no_opens_none() -> None:
    opened = entitlement_from(kept(Status.ELIGIBLE), at=NOW)
    assert opened is not None
    assert (opened.scheme, opened.period, opened.end_reason) == ("AMO_ACHAMIL", Period(TODAY), EndReason.NONE)
    assert entitlement_from(kept(Status.NOT_ELIGIBLE), at=NOW) is None
    assert entitlement_from(kept(Status.NOT_ELIGIBLE, category=None), at=NOW) is None
    assert kept(Status.ELIGIBLE).draft.case == case()


def right(scheme: str, start: date, end: date | None, reason: EndReason = EndReason.NONE) -> Right:
    return Right(scheme, Period(start, end), reason)


PAST, YESTERDAY, FUTURE = date(2025, 1, 1), date(2026, 11, 22), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("rights", "covered", "scheme", "reason"),
    [
        ((), False, None, "R_AUCUN_DROIT_OUVERT"),
        ((right("AMO_ACHAMIL", PAST, TODAY),), True, "AMO_ACHAMIL", "R_DROIT_OUVERT"),
        ((right("AMO_ACHAMIL", TODAY, None),), True, "AMO_ACHAMIL", "R_DROIT_OUVERT"),
        ((right("AMO_ACHAMIL", PAST, None), right("AMO_CNSS", PAST, None)), True, "AMO_CNSS", "R_DROIT_OUVERT"),
        ((right("RAMED", PAST, None), right("AMO_ACHAMIL", PAST, None)), True, "AMO_ACHAMIL", "R_DROIT_OUVERT"),
        ((right("AMO_ACHAMIL", PAST, YESTERDAY, EndReason.PERMIT_EXPIRY),), False, "AMO_ACHAMIL", "R_TITRE_EXPIRE"),
        ((right("AMO_CNSS", PAST, YESTERDAY, EndReason.DEPENDANT_AGE),), False, "AMO_CNSS", "R_AGE_LIMITE"),
        ((right("AMO_CNSS", PAST, YESTERDAY, EndReason.SCHEME_END),), False, "AMO_CNSS", "R_REGIME_NON_EN_VIGUEUR"),
        ((right("AMO_CNSS", PAST, YESTERDAY, EndReason.SCORE_REVIEW),), False, "AMO_CNSS", "R_SCORE_A_REVOIR"),
        ((right("AMO_CNSS", PAST, YESTERDAY),), False, "AMO_CNSS", "R_DROIT_TERMINE"),
        ((right("AMO_CNSS", PAST, YESTERDAY), right("AMO_TNS", FUTURE, None)), False, "AMO_TNS", "R_DROIT_A_VENIR"),
    ],
)
def test_the_desk_is_told(rights: tuple[Right, ...], covered: bool, scheme: str | None, reason: str) -> None:
    told = verify(rights, shipped_book(), on=TODAY)
    assert (told.covered, told.right.scheme if told.right else None, told.reason) == (covered, scheme, reason)
    assert told.minimum_access.codes == ("URGENCE", "HOPITAL_EGALITE", "ESSP_FREE")
    assert set(told.what_to_do) == {"fr", "ar", "en"}


def test_without_guidance_in_the_rules_the_desk_still_gets_an_answer() -> None:
    book = RuleBook(row for row in shipped_book().rows if row.kind is not Kind.GUIDANCE)
    assert verify((), book, on=TODAY).minimum_access.codes


def test_a_yes_states_its_days_and_price() -> None:
    document = as_document(decide(None, **COVERED_BY_ACHAMIL), case(**COVERED_BY_ACHAMIL), shipped_book())
    assert document["effective_from"] == "2026-11-23"
    assert document["effective_to"] == "2027-12-31"
    assert document["end_reason"] == "PERMIT_EXPIRY"
    assert document["would_become"] is None
    assert document["schemes"][0]["contribution_mad_month"] == "176"


def test_a_replay_that_differs_names_members_and_no_values() -> None:
    assert ReplayDiffersError(("status",)).extensions == {"differing": ["status"]}
