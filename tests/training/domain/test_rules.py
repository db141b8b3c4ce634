"""Dated rules: found by day, typed, fingerprinted; and the seeded rows are complete."""

from datetime import date

import pytest

from services.kit.periods import AgeBound, Period
from services.training.courses.domain.catalogue import Level
from services.training.courses.domain.errors import RuleMalformedError
from services.training.courses.domain.findings import Criterion, Reason
from services.training.courses.domain.rules import Certainty, Rule, RuleSet, RuleValue, rule_set
from services.training.courses.store import reference

SHORTEST_WORDING = 10


def row(value: RuleValue, *, code: str = "X", start: date | None = None, end: date | None = None) -> Rule:
    return Rule(code, value, Period(start, end), Certainty.DESIGN, "test")


def test_the_row_in_force_on_the_day_is_found() -> None:
    old = row(30, end=date(2026, 12, 31))
    new = row(35, start=date(2027, 1, 1))
    rules = rule_set([new, old])
    assert rules.find("X", date(2026, 12, 31)) is old
    assert rules.find("X", date(2027, 1, 1)) is new
    assert rules.find("Y", date(2027, 1, 1)) is None


def test_a_day_between_two_rows_has_no_rule() -> None:
    rules = rule_set([row(1, end=date(2020, 1, 1)), row(2, start=date(2021, 1, 1))])
    assert rules.find("X", date(2020, 6, 1)) is None


def test_the_fingerprint_depends_on_every_row_and_on_nothing_else() -> None:
    rows = list(reference.rules())
    assert rule_set(rows).fingerprint == rule_set(reversed(rows)).fingerprint
    assert rule_set(rows[1:]).fingerprint != rule_set(rows).fingerprint
    assert rule_set([row(30)]).fingerprint != rule_set([row(31)]).fingerprint
    assert rule_set([row(30)]).fingerprint != rule_set([row(30, end=date(2030, 1, 1))]).fingerprint


def test_a_value_is_read_as_what_its_rule_asks_for() -> None:
    assert row("A").text == "A"
    assert row(3).number == 3
    assert row(("A", "B")).codes == ("A", "B")


@pytest.mark.parametrize(("value", "reading"), [(3, "text"), ("A", "number"), ("A", "codes")])
def test_a_value_of_another_kind_is_a_fault_of_our_data(value: RuleValue, reading: str) -> None:
    with pytest.raises(RuleMalformedError):
        getattr(row(value), reading)


def test_no_two_seeded_rows_of_a_code_share_a_day(rules: RuleSet) -> None:
    for one in rules.rules:
        others = [other for other in rules.rules if other.code == one.code and other is not one]
        assert not any(one.valid.overlaps(other.valid) for other in others), one.code


def test_every_level_says_what_it_requires_in_words_of_the_order(rules: RuleSet) -> None:
    today = date(2026, 11, 23)
    order = rules.find("SCHOOL_LEVEL_ORDER", today)
    assert order is not None
    for level in Level:
        requires = rules.find(f"LEVEL_{level}_REQUIRES", today)
        assert requires is not None
        assert requires.text in order.codes
    levels = rules.find("TRAINING_LEVEL_ORDER", today)
    assert levels is not None
    assert set(levels.codes) == set(Level)


def test_every_seeded_value_can_be_read_by_the_criterion_that_uses_it(rules: RuleSet) -> None:
    for rule in rules.rules:
        if rule.code.startswith("ADMISSION_"):
            assert rule.codes
            assert set(rule.codes) <= set(Criterion)
        elif rule.code.startswith("STATUS_") and rule.code != "STATUS_ORIENT_TO":
            assert rule.text in {"ALLOWED", "CASE_BY_CASE", "NOT_KNOWN", "NOT_ALLOWED"}
        elif rule.code.endswith("_REFERENCE"):
            assert date.fromisoformat(f"2027-{rule.text}").year == 2027
        elif rule.code == "AGE_MAX_BOUND":
            assert rule.text in set(AgeBound)
        elif "_AGE_" in rule.code or rule.code.endswith(("_SHARE_MIN", "_DAYS")):
            assert rule.number >= 0
        assert rule.source


def test_every_reason_speaks_the_three_languages() -> None:
    texts = reference.reasons()
    assert set(texts) == set(Reason)
    for said in texts.values():
        assert set(said) == {"fr", "ar", "en"}
        assert all(len(wording) >= SHORTEST_WORDING for wording in said.values())
