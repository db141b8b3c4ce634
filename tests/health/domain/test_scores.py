"""The threshold and the contribution bands, to the last digit."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.health.coverage.domain.criteria import findings_of
from services.health.coverage.domain.outcomes import Status, contribution
from services.health.coverage.domain.rules import Criterion, Kind, RuleBook
from services.kit.periods import Result
from tests.health.builders import COVERED_BY_ACHAMIL, THRESHOLD, TODAY, case, decide, finding, shipped_book

LAST_DIGIT = Decimal("0.0000001")
SCORES = st.decimals(min_value=0, max_value=30, places=7)


@pytest.mark.parametrize(
    ("score", "mad_month"),
    [
        ("9.3264285", 144), ("9.5124369", 144), ("9.5124370", 176), ("9.743001", 176), ("9.7430011", 224),
        ("9.9903727", 224), ("9.9903728", 287), ("10.237316", 287), ("10.2373161", 355), ("10.431048", 355),
        ("10.4310481", 454), ("10.739952", 454), ("10.7399521", 611), ("11.013068", 611), ("11.0130681", 1164),
        ("999.9", 1164),
    ],
)  # fmt: skip
def test_each_band_holds_its_upper_end(score: str, mad_month: int) -> None:
    made = decide("AMO_ACHAMIL", **{**COVERED_BY_ACHAMIL, "rsu_score": score})
    assert made.chosen is not None
    assert made.status is Status.ELIGIBLE
    assert made.chosen.contribution_mad_month == mad_month


@pytest.mark.parametrize(
    ("score", "tadamon", "achamil"),
    [
        (THRESHOLD, Result.PASS, Result.FAIL),
        (THRESHOLD + LAST_DIGIT, Result.FAIL, Result.PASS),
        (THRESHOLD - LAST_DIGIT, Result.PASS, Result.FAIL),
        (Decimal("9.32642840000000"), Result.PASS, Result.FAIL),
    ],
)
def test_the_threshold_itself_is_tadamon(score: Decimal, tadamon: Result, achamil: Result) -> None:
    assert finding(decide("AMO_TADAMON", rsu_score=score), "C_SCORE").result is tadamon
    assert finding(decide("AMO_ACHAMIL", rsu_score=score), "C_SCORE").result is achamil


@given(SCORES)
def test_every_score_is_in_tadamon_or_in_exactly_one_band(score: Decimal) -> None:
    rows = shipped_book().all_in_force(Kind.ACHAMIL_BAND, TODAY)
    bands = [
        row
        for row in rows
        if Decimal(row.value["low_exclusive"]) < score
        and (row.value["high_inclusive"] is None or score <= Decimal(row.value["high_inclusive"]))
    ]
    assert len(bands) == (0 if score <= THRESHOLD else 1)


@given(SCORES)
def test_a_score_is_on_one_side_only(score: Decimal) -> None:
    sides = [finding(decide(scheme, rsu_score=score), "C_SCORE").result for scheme in ("AMO_TADAMON", "AMO_ACHAMIL")]
    assert sorted(sides) == [Result.FAIL, Result.PASS]


def test_tadamon_costs_nothing_and_a_refusal_shows_no_price() -> None:
    made = decide("AMO_TADAMON", rsu_score="9", other_amo=False)
    assert made.chosen is not None
    assert made.chosen.contribution_mad_month == 0
    refused = decide("AMO_TADAMON", rsu_score="9", other_amo=True)
    assert refused.chosen is not None
    assert refused.chosen.contribution_mad_month is None


@pytest.mark.parametrize(
    ("income", "code", "mad_month"), [("3766", "POOR", 0), ("3767", "VULNERABLE", 10), ("5649.99", "VULNERABLE", 10)]
)
def test_ramed_costs_the_vulnerable_ten_dirhams_a_month(income: str, code: str, mad_month: int) -> None:
    asked = case(on=TODAY.replace(year=2016), income_mad_year=income)
    scheme = shipped_book().scheme("RAMED", asked.as_of)
    assert scheme is not None
    found = findings_of(asked, scheme, shipped_book())
    rule = next(each.rule for each in found if each.criterion is Criterion.INDIGENT)
    assert rule is not None
    assert code in rule.code
    assert contribution(asked, scheme, found, shipped_book()) == mad_month


def test_an_amount_that_no_rule_gives_is_not_invented() -> None:
    no_limits = RuleBook(row for row in shipped_book().rows if row.kind not in {Kind.LIMIT, Kind.ACHAMIL_BAND})
    on_2016 = case(on=TODAY.replace(year=2016), income_mad_year="3000")
    ramed = no_limits.scheme("RAMED", on_2016.as_of)
    achamil = no_limits.scheme("AMO_ACHAMIL", TODAY)
    assert ramed is not None
    assert achamil is not None
    found = findings_of(on_2016, ramed, no_limits)
    assert {each.reason for each in found if each.criterion is Criterion.INDIGENT} == {"R_REGLE_ABSENTE"}
    assert contribution(on_2016, ramed, found, no_limits) is None
    assert contribution(case(rsu_score="10"), achamil, (), no_limits) is None
    assert contribution(case(), achamil, (), no_limits) is None
    score = findings_of(case(rsu_score="10"), achamil, no_limits)
    assert {each.reason for each in score if each.criterion is Criterion.SCORE} == {"R_REGLE_ABSENTE"}
