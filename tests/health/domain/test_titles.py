"""Residence titles: what covers a day, what stands for a title, and when the right ends."""

from datetime import date, timedelta

import pytest

from services.health.coverage.domain.criteria import findings_of
from services.health.coverage.domain.facts import Permit
from services.health.coverage.domain.outcomes import EndReason, Status
from services.health.coverage.domain.rules import Ask, Criterion, Kind, RuleBook
from services.health.coverage.domain.stay import permit_valid
from services.kit.periods import Result
from tests.health.builders import COVERED_BY_ACHAMIL, TODAY, case, decide, facts, finding, permit, shipped_book, status

LAST_DAY = date(2026, 11, 23)
EXPIRED = permit("REG1", date(2025, 11, 1), date(2026, 11, 1))
RECEIPT = permit("RECEPISSE", date(2026, 10, 25), date(2027, 1, 25), stands_for_permit=True)


@pytest.mark.parametrize(
    ("permits", "result", "reason"),
    [
        ((permit("CI", date(2020, 1, 1), LAST_DAY),), Result.PASS, None),
        ((permit("CI", date(2020, 1, 1), LAST_DAY - timedelta(days=1)),), Result.FAIL, "R_TITRE_EXPIRE"),
        ((permit("CR_PD", LAST_DAY, date(2036, 11, 22)),), Result.PASS, None),
        ((permit("CR_PD", LAST_DAY + timedelta(days=1), None),), Result.UNKNOWN, "R_TITRE_NON_PRODUIT"),
        ((permit("CI", None, date(2027, 1, 1)),), Result.PASS, None),
        ((permit("CI", date(2020, 1, 1), None),), Result.UNKNOWN, "R_TITRE_NON_PRODUIT"),
        ((EXPIRED, permit("CI", date(2026, 11, 2), None)), Result.UNKNOWN, "R_TITRE_NON_PRODUIT"),
        ((EXPIRED, RECEIPT), Result.PASS, None),
        ((EXPIRED,), Result.FAIL, "R_TITRE_EXPIRE"),
        ((permit("DCM", date(2020, 1, 1), date(2030, 1, 1)),), Result.UNKNOWN, "R_TITRE_NON_PRODUIT"),
        ((permit("PAPER", date(2026, 1, 1), date(2027, 1, 1), stands_for_permit=True),), Result.PASS, None),
        ((), Result.UNKNOWN, "R_TITRE_NON_PRODUIT"),
    ],
)
def test_a_title_of_the_day(permits: tuple[Permit, ...], result: Result, reason: str | None) -> None:
    found = finding(decide("AMO_ACHAMIL", facts(permits=permits)), "C_PERMIT_VALID")
    assert (found.result, found.reason) == (result, reason)


def test_an_expired_permit_is_refused_and_told_what_would_help() -> None:
    made = decide("AMO_ACHAMIL", facts(permits=(EXPIRED,)), **COVERED_BY_ACHAMIL)
    assert (made.status, made.reasons) == (Status.NOT_ELIGIBLE, ("R_TITRE_EXPIRE",))
    assert made.chosen is not None
    would = made.chosen.would_become
    assert would is not None
    assert would.status is Status.ELIGIBLE
    assert [(each.fact, each.needed) for each in would.if_settled] == [("permit", {"valid_on": "2026-11-23"})]


def test_a_receipt_keeps_the_right_until_it_ends() -> None:
    made = decide("AMO_ACHAMIL", facts(permits=(EXPIRED, RECEIPT)), **COVERED_BY_ACHAMIL)
    assert made.chosen is not None
    assert made.chosen.span is not None
    span = made.chosen.span
    assert (span.start, span.end, span.reason) == (TODAY, date(2027, 1, 25), EndReason.PERMIT_EXPIRY)


def test_of_two_titles_the_one_that_ends_last_counts() -> None:
    both = facts(permits=(RECEIPT, permit("REG3", TODAY, date(2029, 11, 22))))
    made = decide("AMO_ACHAMIL", both, **COVERED_BY_ACHAMIL)
    assert made.chosen is not None
    assert made.chosen.span is not None
    assert made.chosen.span.end == date(2029, 11, 22)


def test_the_audition_receipt_stands_for_a_title_in_the_convention_of_2015() -> None:
    syrian = facts(permits=(), **status("RECEPISSE_AUDITION_BRA"))
    made = decide("CONV2015", syrian, on=date(2016, 6, 1), indigent=True)
    assert made.status is Status.ELIGIBLE
    assert finding(made, "C_PERMIT_VALID").fact == "legal_status"
    assert made.chosen is not None
    assert made.chosen.span is not None
    assert (made.chosen.span.end, made.chosen.span.reason) == (date(2022, 11, 30), EndReason.SCHEME_END)


def test_a_scheme_may_refuse_receipts() -> None:
    row = shipped_book().in_force(Kind.ASK, "AMO_ACHAMIL.C_PERMIT_VALID", TODAY)
    assert row is not None
    ask = Ask("AMO_ACHAMIL", Criterion.PERMIT_VALID, frozenset(), {"receipt": False}, row)
    found = permit_valid(case(facts(permits=(EXPIRED, RECEIPT))), ask, shipped_book())
    assert (found.result, found.value) == (Result.FAIL, {"to": "2026-11-01"})


def test_without_a_rule_on_what_a_title_is_nothing_is_claimed() -> None:
    book = RuleBook(row for row in shipped_book().rows if row.kind is not Kind.EVIDENCE)
    scheme = book.scheme("AMO_ACHAMIL", TODAY)
    assert scheme is not None
    found = {each.criterion: each for each in findings_of(case(facts(residence=None)), scheme, book)}
    for criterion in (Criterion.IDENTITY, Criterion.RESIDES, Criterion.PERMIT_VALID):
        assert found[criterion].result is Result.UNKNOWN


@pytest.mark.parametrize(
    ("known", "said", "end", "reason"),
    [
        (facts(), COVERED_BY_ACHAMIL, date(2027, 12, 31), EndReason.PERMIT_EXPIRY),
        (facts(), {**COVERED_BY_ACHAMIL, "rsu_review_on": date(2027, 6, 30)}, date(2027, 6, 30),
         EndReason.SCORE_REVIEW),
        (facts(), {**COVERED_BY_ACHAMIL, "rsu_review_on": date(2030, 6, 30)}, date(2027, 12, 31),
         EndReason.PERMIT_EXPIRY),
    ],
)  # fmt: skip
def test_the_first_of_the_ends_ends_the_right(
    known: object, said: dict[str, object], end: date, reason: EndReason
) -> None:
    made = decide("AMO_ACHAMIL", known, **said)  # type: ignore[arg-type]  # parameters of pytest are objects
    assert made.chosen is not None
    assert made.chosen.span is not None
    assert (made.chosen.span.end, made.chosen.span.reason) == (end, reason)


def test_a_right_that_nothing_ends_is_open() -> None:
    made = decide("AMO_CNSS", employed=True)
    assert made.chosen is not None
    assert made.chosen.span is not None
    assert (made.chosen.span.end, made.chosen.span.reason) == (None, EndReason.NONE)
