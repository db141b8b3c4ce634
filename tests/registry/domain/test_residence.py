"""Renewals and whether a stay is covered, without a database."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import Period
from services.registry.domain.errors import PaperNotFoundError
from services.registry.domain.papers import Permit
from services.registry.domain.permit_rules import Rule, Rules, TypeRule, last_day, months_after, years_begun
from services.registry.domain.renewals import (
    Outcome,
    PermitNotRenewableError,
    PermitNotValidThenError,
    Renewal,
    RenewalDecidedError,
    RenewalOpenError,
    RenewalState,
    as_known,
    ended_receipts,
    follows,
    is_late,
    receipt,
    refuse_decided,
    refuse_open,
    refuse_unrenewable,
    renewal_of,
    withdrawn,
)
from services.registry.domain.residence import Why, residence
from services.registry.store import permit_rules, seeds
from tests.registry.builders import NOW

TITLE, RECEIPT, NEXT = (UUID(int=number) for number in (1, 2, 3))
RULES = Rules(
    tuple(
        Rule(row["code"], row["value"], Period(row["valid_from"], row["valid_to"]), row["certainty"], row["source"])
        for row in permit_rules.seeds()
    ),
    tuple(
        TypeRule(
            row["code"],
            row["months_min"],
            row["months_max"],
            row["renewable"],
            row["renews_to"] or row["code"],
            row["stands_for_permit"],
            Period(row["valid_from"], row["valid_to"]),
        )
        for row in seeds.rows()["permit_type"]
    ),
)
CARD = Permit("REG1", "C1", "C1", Period(date(2025, 9, 1), date(2026, 8, 31)), id=TITLE)
PAPER = replace(receipt("R1", "R1", date(2026, 8, 15), RULES), id=RECEIPT)
FILED = Renewal(
    UUID(int=9), TITLE, date(2026, 8, 15), False, RenewalState.FILED, (RECEIPT,), None, None, None, NOW, None
)  # fmt: skip
REFUSED = replace(
    FILED, state=RenewalState.REFUSED, decided_on=date(2026, 10, 1), reason="x", decided_at=NOW + timedelta(days=1)
)


def why(permits: list[Permit], on: date, *renewals: Renewal) -> Why:
    return residence(permits, renewals, on=on, rules=RULES).why


@pytest.mark.parametrize(
    ("start", "months", "expected"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 15), -2, date(2025, 11, 15)),
        (date(2026, 12, 1), 12, date(2027, 12, 1)),
    ],
)
def test_months_are_counted_by_the_calendar(start: date, months: int, expected: date) -> None:
    assert months_after(start, months) == expected
    assert last_day(start, months) == expected - timedelta(days=1)


@pytest.mark.parametrize(
    ("end", "expected"),
    [(date(2027, 4, 25), 3), (date(2027, 4, 24), 3), (date(2027, 4, 26), 4), (date(2024, 5, 1), 1)],
)
def test_a_year_that_is_begun_counts_whole(end: date, expected: int) -> None:
    assert years_begun(date(2024, 4, 25), end) == expected


def test_rules_are_those_in_force_on_the_day() -> None:
    assert RULES.fee(Period(date(2012, 1, 1), date(2012, 12, 31))) is None
    assert RULES.fee(Period(date(2013, 1, 9), date(2023, 1, 8))) == 1000
    assert RULES.fee(Period(None, date(2023, 1, 8))) is None
    assert RULES.fee(Period(date(2023, 1, 8))) is None
    assert RULES.prudent_from(date(2026, 8, 31)) == date(2026, 6, 30)
    assert Rules((), ()).prudent_from(date(2026, 8, 31)) is None
    assert RULES.usual("CI", date(2026, 1, 1)) is None
    assert RULES.usual("DCM", date(2026, 1, 1)) is None
    assert RULES.usual("ZZ", date(2026, 1, 1)) is None
    assert RULES.usual("REG3", date(2026, 1, 1)) == Period(date(2026, 1, 1), date(2028, 12, 31))
    assert RULES.type("ZZ", None) is None
    assert (newest := RULES.type("REG1", None)) is not None
    assert newest.renews_to == "REG3"
    assert RULES.receipt(date(1999, 1, 1)).end == date(1999, 3, 31)


def test_the_first_card_renews_into_the_one_of_its_time() -> None:
    assert follows(CARD, RULES) == "REG3"
    assert follows(replace(CARD, valid=Period(date(2015, 1, 1), date(2015, 12, 31))), RULES) == "REG1"
    assert follows(replace(CARD, type="ZZ"), RULES) == "ZZ"


def test_receipts_withdrawn_titles_and_types_without_renewal_are_not_renewed() -> None:
    refuse_unrenewable(CARD, RULES)
    refuse_unrenewable(replace(CARD, type="ZZ"), RULES)
    once = Rules((), (TypeRule("REG1", 12, 12, False, "REG1", False, Period()),))
    for title, rules in ((PAPER, RULES), (replace(CARD, end_reason="WITHDRAWN"), RULES), (CARD, once)):
        with pytest.raises(PermitNotRenewableError):
            refuse_unrenewable(title, rules)


def test_a_request_is_late_after_the_last_day() -> None:
    assert not is_late(CARD, date(2026, 8, 31))
    assert is_late(CARD, date(2026, 9, 1))
    assert not is_late(replace(CARD, valid=Period(date(2025, 9, 1))), date(2030, 1, 1))


def test_a_renewal_goes_on_only_while_it_is_open() -> None:
    refuse_open([REFUSED])
    refuse_decided(FILED)
    with pytest.raises(RenewalOpenError):
        refuse_open([REFUSED, FILED])
    with pytest.raises(RenewalDecidedError):
        refuse_decided(REFUSED)
    assert renewal_of([REFUSED], REFUSED.id) is REFUSED
    with pytest.raises(PaperNotFoundError):
        renewal_of([REFUSED], TITLE)


def test_renewals_are_read_as_they_were_known() -> None:
    assert as_known([REFUSED], None) == (REFUSED,)
    assert as_known([REFUSED], NOW - timedelta(seconds=1)) == ()
    assert as_known([REFUSED], NOW) == (FILED,)
    assert as_known([FILED], NOW) == (FILED,)
    assert as_known([REFUSED], NOW + timedelta(days=1)) == (REFUSED,)


def test_receipts_end_with_the_decision() -> None:
    coming = replace(receipt("R2", "R2", date(2026, 11, 15), RULES), id=NEXT)
    after = ended_receipts([CARD, PAPER, coming], (RECEIPT, NEXT), date(2026, 10, 1))
    assert [row.valid for row in after] == [CARD.valid, Period(date(2026, 8, 15), date(2026, 10, 1))]
    assert after[1].first_id == RECEIPT
    assert ended_receipts([PAPER], (RECEIPT,), date(2027, 1, 1)) == (PAPER,)
    without_days = replace(PAPER, valid=Period())
    assert ended_receipts([without_days], (RECEIPT,), date(2027, 1, 1))[0].valid == Period(None, date(2027, 1, 1))


@pytest.mark.parametrize("on", [date(2025, 8, 31), date(2025, 9, 1), date(2026, 9, 1)])
def test_a_title_is_withdrawn_while_it_holds(on: date) -> None:
    assert withdrawn(CARD, date(2025, 9, 2)).valid == Period(date(2025, 9, 1), date(2025, 9, 1))
    with pytest.raises(PermitNotValidThenError):
        withdrawn(CARD, on)


def test_nothing_covers_for_a_reason() -> None:
    assert why([], date(2026, 1, 1)) is Why.NO_TITLE
    assert why([CARD], date(2025, 8, 31)) is Why.NOT_STARTED
    assert why([CARD], date(2026, 9, 1)) is Why.TITLE_ENDED
    assert why([replace(CARD, end_reason="WITHDRAWN")], date(2026, 9, 1)) is Why.TITLE_WITHDRAWN
    assert why([CARD, PAPER], date(2026, 12, 1), FILED) is Why.RECEIPT_ENDED
    assert why([CARD, PAPER], date(2026, 12, 1), REFUSED) is Why.RENEWAL_REFUSED
    assert why([CARD, PAPER], date(2026, 12, 1), replace(REFUSED, receipts=(), title_id=NEXT)) is Why.RECEIPT_ENDED


def test_a_title_counts_before_a_receipt_and_the_longer_before_the_shorter() -> None:
    longer = replace(CARD, valid=Period(date(2025, 9, 1)), id=NEXT)
    found = residence([PAPER, CARD, longer], [FILED], on=date(2026, 8, 20), rules=RULES)
    assert found.span is not None
    assert (found.span.permit, found.until, found.ending) == (longer, None, None)


def test_a_receipt_of_nothing_that_is_known_covers_too() -> None:
    found = residence([PAPER], [], on=date(2026, 8, 20), rules=RULES)
    assert (found.why, found.ending) == (Why.RECEIPT_STANDS, None)
    lost = residence([PAPER], [FILED], on=date(2026, 8, 20), rules=RULES)
    assert lost.ending is None


@pytest.mark.parametrize(
    "changes",
    [
        {"filed_on": date(2026, 9, 2)},
        {"receipts": ()},
        {"title_id": NEXT},
    ],
)
def test_only_a_request_in_time_with_its_receipt_bridges_a_gap(changes: dict[str, Any]) -> None:
    late_paper = replace(receipt("R1", "R1", date(2026, 9, 20), RULES), id=RECEIPT)
    day = date(2026, 9, 10)
    assert why([CARD, late_paper], day, FILED) is Why.FILED_IN_TIME
    assert why([CARD, late_paper], day, replace(FILED, **changes)) is not Why.FILED_IN_TIME
    assert why([replace(CARD, end_reason="WITHDRAWN"), late_paper], day, FILED) is Why.TITLE_WITHDRAWN


DAYS = st.integers(0, 40)
SPANS = st.tuples(st.none() | DAYS, st.none() | DAYS).filter(
    lambda ends: ends[0] is None or ends[1] is None or ends[0] <= ends[1]
)


def a_day(number: int | None) -> date | None:
    return None if number is None else date(2026, 1, 1) + timedelta(days=number)


@given(st.lists(st.tuples(SPANS, st.booleans()), max_size=6), DAYS)
def test_the_last_day_of_cover_is_the_one_before_the_first_gap(
    spans: list[tuple[tuple[int | None, int | None], bool]], on: int
) -> None:
    permits = [
        Permit("RECEPISSE" if stands else "CI", None, "", Period(a_day(start), a_day(end)), stands_for_permit=stands)
        for (start, end), stands in spans
    ]

    def covered(number: int) -> bool:
        return any((start is None or start <= number) and (end is None or number <= end) for (start, end), _ in spans)

    found = residence(permits, [], on=a_day(on) or date.min, rules=RULES)
    assert (found.span is not None) == covered(on)
    gap = next((number for number in range(on, 43) if not covered(number)), None)
    assert found.until == (a_day(gap - 1) if gap is not None and covered(on) else None)


def test_an_outcome_is_what_it_says() -> None:
    assert Outcome(RenewalState.ABANDONED, date(2026, 1, 1)).title is None
