"""Rule rows: dated, exclusive, complete, and refused as a set when something is wrong with them."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from services.health.coverage.domain.errors import RulesInvalidError
from services.health.coverage.domain.facts import Role
from services.health.coverage.domain.rules import Category, Certainty, Kind, RuleBook, RuleRow, weakest
from services.health.coverage.store.rule_files import rows_of
from services.kit.periods import Period
from tests.health.builders import THRESHOLD, TODAY, shipped_book
from tests.health.strategies import SCHEMES, STATUSES

BOOK = shipped_book()
BOUNDARIES = sorted(
    {day for row in BOOK.rows for day in (row.period.start, row.period.end) if day is not None}
)  # fmt: skip


def row(kind: Kind, code: str, value: Any, period: Period | None = None) -> RuleRow:
    return RuleRow(kind, code, value, period or Period(), Certainty.DESIGN, "test")


def free() -> RuleRow:
    return next(each for each in BOOK.rows if each.code == "ESSP_FREE")


@pytest.mark.parametrize("on", BOUNDARIES, ids=str)
def test_on_the_first_and_last_day_of_every_row_something_is_free_for_everyone(on: date) -> None:
    for day in (on - timedelta(days=1), on, on + timedelta(days=1)):
        free_on = [s for s in BOOK.schemes(day) if s.category is Category.MINIMUM_ACCESS]
        assert free_on
        assert all(not scheme.row.value["requires_regular_stay"] for scheme in free_on)


@pytest.mark.parametrize("on", BOUNDARIES, ids=str)
def test_no_band_leaves_a_gap_and_none_overlaps(on: date) -> None:
    bands = BOOK.all_in_force(Kind.ACHAMIL_BAND, on)
    assert (not bands) == (on < date(2024, 1, 1))
    ends = [Decimal(band.value["high_inclusive"]) for band in bands if band.value["high_inclusive"] is not None]
    starts = [Decimal(band.value["low_exclusive"]) for band in bands]
    if bands:
        assert starts == [THRESHOLD, *ends]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_scheme_asks_only_what_the_rules_can_answer(scheme: str) -> None:
    for role in Role:
        for ask in BOOK.asks(scheme, role, TODAY):
            for name in ("at_most", "above"):
                if name in ask.parameters:
                    assert BOOK.in_force(Kind.LIMIT, ask.parameters[name], TODAY)


@pytest.mark.parametrize(
    "scheme", [code for code in SCHEMES if code not in {"URGENCE", "HOPITAL_EGALITE", "ESSP_FREE"}]
)
def test_a_regular_status_is_switched_for_every_coverage_scheme(scheme: str) -> None:
    known = {row.code for row in BOOK.rows if row.kind is Kind.SWITCH}
    for code in ("REGULARISED_2014", "REGULARISED_2017", "REFUGEE_BRA", "REGULAR_OTHER", "IRREGULAR"):
        assert code in STATUSES
        assert f"{scheme}.{code}" in known


def test_every_reason_guidance_and_proof_is_told_in_three_languages() -> None:
    for each in BOOK.rows:
        if each.kind in {Kind.REASON, Kind.GUIDANCE}:
            assert all(each.value[language].strip() for language in ("fr", "ar", "en")), each.code


def test_no_figure_is_a_float() -> None:
    def walk(value: Any) -> None:
        assert not isinstance(value, float)
        for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
            walk(inner)

    for each in BOOK.rows:
        walk(each.value)


def test_a_row_is_found_on_its_days_and_on_no_other() -> None:
    before = BOOK.in_force(Kind.DEPENDANT, "CHILD_STUDENT", date(2027, 1, 31))
    after = BOOK.in_force(Kind.DEPENDANT, "CHILD_STUDENT", date(2027, 2, 1))
    assert before is not None
    assert after is not None
    assert (before.value["max_age"], after.value["max_age"]) == (26, 30)
    assert BOOK.in_force(Kind.DEPENDANT, "CHILD_STUDENT", date(2005, 8, 17)) is None
    assert BOOK.in_force(Kind.LIMIT, "NO_SUCH_LIMIT", TODAY) is None


@pytest.mark.parametrize(
    ("rows", "word"),
    [
        ([], "minimum access"),
        ([replace(free(), period=Period(date(2011, 3, 17), None))], "minimum access"),
        ([free(), row(Kind.LIMIT, "L", "1"), row(Kind.LIMIT, "L", "2", Period(TODAY, TODAY))], "two rows"),
        ([free(), row(Kind.SCHEME, "S", {"category": "luxury"})], "scheme S"),
        ([free(), row(Kind.SCHEME, "S", None)], "scheme S"),
        ([free(), row(Kind.ASK, "S.C_CHARM", {"who": "ALL"})], "ask S.C_CHARM"),
        ([free(), row(Kind.ASK, "S.C_AGE", {})], "ask S.C_AGE"),
        ([free(), row(Kind.ASK, "S.C_AGE", "everybody")], "ask S.C_AGE"),
    ],
)
def test_a_set_that_could_go_wrong_is_not_loaded(rows: list[RuleRow], word: str) -> None:
    with pytest.raises(RulesInvalidError, match=word):
        RuleBook(rows)


@pytest.mark.parametrize(
    "text",
    [
        "kind: limit\nrows: [{code: L, value: '1', from: null, to: null, certainty: verified}]",
        "kind: limit\nrows: [{code: L, value: '1', from: 2024, to: null, certainty: verified, source: S1}]",
        "kind: limit\nrows: [{code: L, value: '1', from: null, to: null, certainty: verified, source: S1, hue: 1}]",
    ],
)
def test_a_row_lacks_nothing_and_names_nothing_else(text: str) -> None:
    with pytest.raises(RulesInvalidError):
        list(rows_of(text))


def test_a_decision_shows_its_weakest_rule() -> None:
    certain = replace(free(), certainty=Certainty.VERIFIED)
    assert weakest([certain, replace(certain, certainty=Certainty.MEMORY)]) is Certainty.MEMORY
    assert weakest([]) is None
