"""What must hold of every case, against rules read the slow and obvious way where there is one."""

import json
from dataclasses import fields, replace
from datetime import date
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.health.coverage.domain.determination import Determination, determine
from services.health.coverage.domain.document import as_document, differing
from services.health.coverage.domain.facts import Case, Declared, Facts, Source
from services.health.coverage.domain.findings import Finding
from services.health.coverage.domain.outcomes import Outcome, Status, fold, would_become
from services.health.coverage.domain.rules import Category, Criterion, RuleBook, fingerprint
from services.kit.periods import Result
from tests.health.builders import decide, shipped_book
from tests.health.strategies import cases, schemes_asked

MANY = settings(max_examples=200, deadline=None)


def slow_fold(results: list[tuple[Result, bool]]) -> Status:
    """Fold by walking the list once for each question, in the order facts.md asks them."""
    for result, _ in results:
        if result == "FAIL":
            return Status.NOT_ELIGIBLE
    for result, only_an_authority in results:
        if result == "UNKNOWN" and only_an_authority:
            return Status.REFER
    for result, _ in results:
        if result == "UNKNOWN":
            return Status.PENDING_INFO
    return Status.ELIGIBLE


def answer(case: Case, scheme: str | None) -> Determination:
    return determine(case, shipped_book(), scheme=scheme)


@MANY
@given(cases(), schemes_asked())
def test_minimum_access_is_never_empty(case: Case, scheme: str | None) -> None:
    made = answer(case, scheme)
    assert "ESSP_FREE" in made.minimum_access.codes
    assert ("URGENCE" in made.minimum_access.codes) == (case.as_of >= date(2011, 3, 17))
    assert as_document(made, case, shipped_book())["minimum_access"]


@MANY
@given(cases(), schemes_asked())
def test_every_outcome_is_the_slow_fold_of_its_findings(case: Case, scheme: str | None) -> None:
    book = shipped_book()
    for outcome in answer(case, scheme).outcomes:
        seen = [(each.result, book.refers(each.reason, case.as_of)) for each in outcome.findings]
        assert outcome.status is slow_fold(seen)


@MANY
@given(cases(), schemes_asked())
def test_unknown_is_never_a_refusal_and_a_refusal_has_a_failing_criterion(case: Case, scheme: str | None) -> None:
    for outcome in answer(case, scheme).outcomes:
        results = [each.result for each in outcome.findings]
        assert (outcome.status is Status.NOT_ELIGIBLE) == (Result.FAIL in results)
        for each in outcome.findings:
            assert (each.reason is None) == (each.result is Result.PASS)
            assert each.rule is not None


@MANY
@given(cases())
def test_of_somebody_unknown_only_dates_and_death_can_refuse(case: Case) -> None:
    nothing = replace(case, declared=Declared(), held=(), facts=Facts(case.facts.person_id, 1, case.facts.recorded_at))
    for outcome in answer(nothing, None).outcomes:
        assert outcome.status is not Status.NOT_ELIGIBLE


@MANY
@given(cases(), schemes_asked(), st.data())
def test_a_declared_fact_more_never_leaves_a_settled_criterion_unsettled(
    case: Case, scheme: str | None, data: st.DataObject
) -> None:
    unsaid = [f.name for f in fields(Declared) if getattr(case.declared, f.name) is None]
    # Only yes or no is drawn. With a score, "not in the RSU" would contradict it; the wire refuses that.
    others = {"relation", "head_scheme", "rsu_score", "rsu_review_on", "income_mad_year"}
    names = [name for name in unsaid if name not in others | ({"rsu_registered"} if case.declared.rsu_score else set())]
    if not names:
        return
    drawn: dict[str, Any] = {data.draw(st.sampled_from(names)): data.draw(st.booleans())}
    said = replace(case.declared, **drawn)
    before = {outcome.scheme: outcome for outcome in answer(case, scheme).outcomes}
    for outcome in answer(replace(case, declared=said), scheme).outcomes:
        was = {each.criterion: each.result for each in before[outcome.scheme].findings}
        for each in outcome.findings:
            if was[each.criterion] is not Result.UNKNOWN:
                assert each.result is not Result.UNKNOWN
            elif each.result is not Result.PASS:
                assert each.reason


@MANY
@given(cases(), schemes_asked())
def test_the_same_case_gives_the_same_bytes(case: Case, scheme: str | None) -> None:
    first, second = (
        json.dumps(as_document(determine(case, rules, scheme=scheme), case, rules))
        for rules in (read_backwards(), shipped_book())
    )
    assert first == second


@MANY
@given(cases(), schemes_asked())
def test_a_right_starts_on_the_day_asked_and_ends_with_what_it_rests_on(case: Case, scheme: str | None) -> None:
    for outcome in answer(case, scheme).outcomes:
        assert (outcome.span is not None) == (outcome.status is Status.ELIGIBLE)
        if outcome.span is None:
            continue
        assert outcome.span.start == case.as_of
        if outcome.span.end is not None:
            assert outcome.span.end >= case.as_of
        title = next((f for f in outcome.findings if f.criterion is Criterion.PERMIT_VALID), None)
        if title is not None and title.fact == "permit":
            assert outcome.span.end is not None
            assert outcome.span.end <= date.fromisoformat(title.value["to"])


@MANY
@given(cases())
def test_the_chosen_scheme_is_as_good_as_any(case: Case) -> None:
    made = answer(case, None)
    coverage = [outcome for outcome in made.outcomes if outcome.category is Category.COVERAGE]
    assert made.chosen == (coverage[0] if coverage else None)
    if any(outcome.status is Status.ELIGIBLE for outcome in coverage):
        assert made.status is Status.ELIGIBLE
    elif any(outcome.status is not Status.NOT_ELIGIBLE for outcome in coverage):
        assert made.status in {Status.PENDING_INFO, Status.REFER}


@cache
def read_backwards() -> RuleBook:
    return RuleBook(reversed(shipped_book().rows))


def only_one(outcome: Outcome | None) -> Outcome:
    assert outcome is not None
    return outcome


@pytest.mark.parametrize(
    "then",
    [
        {"rsu_score": "9.6", "other_amo": False, "contribution_paid": True},
        {"rsu_score": "9.6", "other_amo": False},
        {"contribution_paid": False, "other_amo": True, "rsu_score": "8"},
    ],
)
def test_what_would_become_comes_true_when_the_facts_do(then: dict[str, Any]) -> None:
    outcome = only_one(decide("AMO_ACHAMIL", **then).chosen)
    if outcome.would_become is None:
        assert outcome.status is Status.ELIGIBLE
        return
    settled: dict[str, Any] = {}
    for each in outcome.would_become.if_settled:
        settled[each.fact] = each.needed.get("equals", "9.6")
    again = only_one(decide("AMO_ACHAMIL", **{**then, **settled}).chosen)
    assert again.status is outcome.would_become.status


@given(st.lists(st.tuples(st.sampled_from(Result), st.booleans()), max_size=6))
def test_the_fold_is_the_slow_fold_whatever_the_order(seen: list[tuple[Result, bool]]) -> None:
    made = [
        Finding(Criterion.STATUS, result, str(n), None, Source.DECLARED, None) for n, (result, _) in enumerate(seen)
    ]
    refers = [finding for finding, (_, refer) in zip(made, seen, strict=True) if refer]
    assert fold(made, refers=refers) is slow_fold(seen)
    assert fold(made[::-1], refers=refers[::-1]) is slow_fold(seen)


def test_nothing_would_change_a_yes() -> None:
    assert would_become(()) is None


def test_documents_that_differ_are_told_by_the_names_of_their_members() -> None:
    assert differing({"a": 1, "b": 2}, {"a": 1, "b": 3, "c": 4}) == ("b", "c")


def test_the_hash_of_a_rule_set_changes_with_any_row() -> None:
    rows = shipped_book().rows
    assert fingerprint(rows) == fingerprint(rows[::-1])
    assert fingerprint(rows) != fingerprint(rows[1:])
    assert fingerprint(rows) != fingerprint([replace(rows[0], note="another"), *rows[1:]])
