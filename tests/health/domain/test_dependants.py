"""Dependants: the head's cover, the link, and the age of a child whose birth is known to the day, the year or not."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from services.health.coverage.domain import family
from services.health.coverage.domain.criteria import findings_of
from services.health.coverage.domain.facts import Facts, Household, Relation, Source
from services.health.coverage.domain.outcomes import EndReason, Status
from services.health.coverage.domain.rules import Kind, RuleBook
from services.kit.periods import BirthInterval, Precision, Result
from tests.health.builders import TODAY, born, case, decide, facts, finding, shipped_book

YES, NO, ASK, REFER = Status.ELIGIBLE, Status.NOT_ELIGIBLE, Status.PENDING_INFO, Status.REFER
CHILD: dict[str, Any] = {"relation": "CHILD", "link_proven": True, "head_scheme": "AMO_CNSS", "other_amo": False}


def child_born(year: int, month: int = 5, day: int = 12) -> Facts:
    return facts(birth=born(year, month, day), permits=(), legal_statuses=(), residence=None)


def said(**more: Any) -> dict[str, Any]:
    merged = {**CHILD, **more}
    return {**merged, "relation": None if merged["relation"] is None else Relation(merged["relation"])}


@pytest.mark.parametrize(
    ("on", "more", "expected", "reasons"),
    [
        ("2026-05-12", {}, YES, ()),
        ("2026-05-13", {"student": False, "disabled": False}, NO, ("R_AGE_LIMITE",)),
        ("2026-05-13", {"student": True, "married": False}, YES, ()),
        ("2026-05-13", {"student": True, "married": True, "disabled": False}, NO, ("R_AGE_LIMITE",)),
        ("2026-05-13", {"student": False, "disabled": True}, YES, ()),
        ("2026-05-13", {}, ASK, ("R_ETUDES_NON_JUSTIFIEES",)),
        ("2026-05-13", {"student": True}, ASK, ("R_PIECE_MANQUANTE",)),
        ("2026-05-13", {"student": False}, ASK, ("R_PIECE_MANQUANTE",)),
        ("2026-05-13", {"student": False, "disabled": False, "link_proven": None}, NO,
         ("R_LIEN_NON_PROUVE", "R_AGE_LIMITE")),
    ],
)  # fmt: skip
def test_a_child_is_covered_through_the_twenty_first_birthday(
    on: str, more: dict[str, Any], expected: Status, reasons: tuple[str, ...]
) -> None:
    made = decide("AMO_CNSS", child_born(2005), on=date.fromisoformat(on), **said(**more))
    assert (made.status, made.reasons) == (expected, reasons)


@pytest.mark.parametrize(
    ("birth", "on", "expected"),
    [
        ((2001, 1, 31), "2027-01-31", Result.PASS),
        ((2001, 1, 30), "2027-01-31", Result.FAIL),
        ((2001, 1, 30), "2027-02-01", Result.PASS),
        ((1997, 2, 1), "2027-02-01", Result.PASS),
        ((1997, 1, 31), "2027-02-01", Result.FAIL),
    ],
)
def test_a_students_limit_is_26_until_january_2027_and_30_from_february(
    birth: tuple[int, int, int], on: str, expected: Result
) -> None:
    made = decide(
        "AMO_CNSS", child_born(*birth), on=date.fromisoformat(on), **said(student=True, married=False, disabled=False)
    )
    assert finding(made, "C_AGE").result is expected


@pytest.mark.parametrize(
    ("interval", "precision", "result", "fact"),
    [
        (BirthInterval(date(2005, 1, 1), date(2005, 12, 31)), Precision.YEAR, Result.UNKNOWN, "birth_date"),
        (BirthInterval(date(2006, 1, 1), date(2006, 12, 31)), Precision.YEAR, Result.PASS, "birth_date"),
        (BirthInterval(date(2003, 1, 1), date(2007, 12, 31)), Precision.CIRCA, Result.UNKNOWN, "birth_date"),
        (BirthInterval(date(1990, 1, 1), date(1994, 12, 31)), Precision.CIRCA, Result.FAIL, "birth_date"),
        (BirthInterval(), Precision.UNKNOWN, Result.UNKNOWN, "birth_date"),
    ],
)
def test_an_imprecise_birth_is_unknown_only_where_it_matters(
    interval: BirthInterval, precision: Precision, result: Result, fact: str
) -> None:
    known = replace(child_born(2005), birth=interval, birth_precision=precision)
    found = finding(decide("AMO_CNSS", known, **said(student=False, disabled=False)), "C_AGE")
    assert (found.result, found.fact) == (result, fact)


def test_a_student_of_uncertain_age_is_asked_for_proof_of_age() -> None:
    known = replace(child_born(2000), birth=BirthInterval(date(2000, 1, 1), date(2000, 12, 31)))
    found = finding(decide("AMO_CNSS", known, **said(student=True, married=False, disabled=False)), "C_AGE")
    assert (found.result, found.reason, found.needed) == (Result.UNKNOWN, "R_AGE_INCERTAIN", {"age_at_most": 26})


def test_the_right_of_a_child_ends_with_the_age_and_of_a_disabled_child_never() -> None:
    made = decide("AMO_CNSS", child_born(2010), **said())
    assert made.chosen is not None
    assert made.chosen.span is not None
    assert (made.chosen.span.end, made.chosen.span.reason) == (date(2031, 5, 12), EndReason.DEPENDANT_AGE)
    disabled = decide("AMO_CNSS", child_born(2010), **said(disabled=True))
    assert disabled.chosen is not None
    assert disabled.chosen.span is not None
    assert disabled.chosen.span.end is None


def test_a_child_born_on_29_february_has_her_birthday_on_the_28th() -> None:
    known = child_born(2004, 2, 29)
    assert decide("AMO_CNSS", known, on=date(2025, 2, 28), **said(student=False, disabled=False)).status is YES
    assert decide("AMO_CNSS", known, on=date(2025, 3, 1), **said(student=False, disabled=False)).status is NO


def test_the_registrys_household_proves_the_link() -> None:
    home = Household(UUID(int=7), "CHILD")
    made = decide("AMO_CNSS", replace(child_born(2015), household=home), **said(link_proven=None))
    found = finding(made, "C_RELATION")
    assert (made.status, found.fact, found.source) == (YES, "household", Source.REGISTRY)


def test_a_link_shown_to_be_false_is_a_no_and_one_unproven_is_asked() -> None:
    other = Household(UUID(int=7), "HEAD")
    assert decide("AMO_CNSS", child_born(2015), **said(link_proven=False)).reasons == ("R_LIEN_NON_PROUVE",)
    made = decide("AMO_CNSS", replace(child_born(2015), household=other), **said(link_proven=None))
    assert (made.status, made.reasons) == (ASK, ("R_LIEN_NON_PROUVE",))


@pytest.mark.parametrize(
    ("relation", "status", "reasons"),
    [
        ("SPOUSE", YES, ()),
        ("KAFALA_CHILD", NO, ("R_AGE_LIMITE",)),
        ("ASCENDANT", NO, ("R_LIEN_NON_COUVERT",)),
    ],
)
def test_who_may_be_a_dependant(relation: str, status: Status, reasons: tuple[str, ...]) -> None:
    made = decide("AMO_CNSS", child_born(1960), **said(relation=relation, student=False, disabled=False))
    assert (made.status, made.reasons) == (status, reasons)


@pytest.mark.parametrize(
    ("head_scheme", "status", "reasons"),
    [
        ("AMO_CNSS", YES, ()),
        ("AMO_TADAMON", NO, ("R_TETE_NON_COUVERTE",)),
        ("NONE", NO, ("R_TETE_NON_COUVERTE",)),
        (None, ASK, ("R_TETE_A_VERIFIER",)),
    ],
)
def test_a_dependant_is_covered_by_the_heads_own_scheme(
    head_scheme: str | None, status: Status, reasons: tuple[str, ...]
) -> None:
    made = decide("AMO_CNSS", child_born(2015), **said(head_scheme=head_scheme))
    assert (made.status, made.reasons) == (status, reasons)


def test_without_a_scheme_a_dependant_gets_the_heads() -> None:
    made = decide(None, child_born(2015), **said(rnp_registered=True, head_scheme="AMO_ACHAMIL"))
    assert (made.status, made.scheme) == (YES, "AMO_ACHAMIL")
    assert made.chosen is not None
    assert made.chosen.contribution_mad_month is None


def test_the_students_scheme_covers_the_student_alone() -> None:
    made = decide("AMO_ETUDIANT", child_born(2015), **said())
    assert made.reasons == ("R_LIEN_NON_COUVERT",)
    assert made.chosen is not None
    assert made.chosen.would_become is None


def test_being_a_student_again_would_turn_the_no_into_a_yes() -> None:
    made = decide("AMO_CNSS", child_born(2004), **said(student=False, disabled=False))
    assert made.chosen is not None
    would = made.chosen.would_become
    assert would is not None
    assert [each.needed for each in would.if_settled] == [{"student": True, "married": False}]
    too_old = decide("AMO_CNSS", child_born(1990), **said(student=False, disabled=False))
    assert too_old.chosen is not None
    assert too_old.chosen.would_become is None


def test_the_students_scheme_judges_an_imprecise_age_as_unknown() -> None:
    known = facts(birth=BirthInterval(date(1995, 1, 1), date(1997, 12, 31)))
    made = decide("AMO_ETUDIANT", known, student=True, other_amo=False)
    assert (made.status, made.reasons) == (ASK, ("R_AGE_INCERTAIN",))


@pytest.mark.parametrize("relation", ["CHILD", "SPOUSE"])
def test_without_a_rule_on_dependants_the_authority_must_say(relation: str) -> None:
    book = RuleBook(row for row in shipped_book().rows if row.kind is not Kind.DEPENDANT)
    asked = case(child_born(2015), **said(relation=relation))
    scheme = book.scheme("AMO_CNSS", TODAY)
    assert scheme is not None
    reasons = [each.reason for each in findings_of(asked, scheme, book) if each.result is Result.UNKNOWN]
    assert reasons == ["R_REGLE_ABSENTE", "R_REGLE_ABSENTE"]


def test_a_child_is_judged_by_the_rules_there_are() -> None:
    only_base = [
        row
        for row in shipped_book().rows
        if row.kind is not Kind.DEPENDANT or row.code in {"CHILD_BASE", "KAFALA", "SPOUSE"}
    ]
    book = RuleBook(only_base)
    scheme = book.scheme("AMO_CNSS", TODAY)
    assert scheme is not None
    ages = [each for each in findings_of(case(child_born(1990), **said()), scheme, book) if each.criterion == "C_AGE"]
    assert [each.result for each in ages] == [Result.FAIL]


def test_a_scheme_without_rules_for_dependants_refers() -> None:
    book = RuleBook(row for row in shipped_book().rows if row.kind is not Kind.ASK)
    scheme = book.scheme("AMO_CNSS", TODAY)
    assert scheme is not None
    assert [each.reason for each in findings_of(case(**said()), scheme, book)] == [None, "R_REGLE_ABSENTE"]


def test_a_link_is_asked_of_nobody_who_claims_in_her_own_name() -> None:
    ask = shipped_book().asks("AMO_CNSS", case(**said()).role, TODAY)
    relation, age = (next(each for each in ask if each.criterion == code) for code in ("C_RELATION", "C_AGE"))
    assert family.relation(case(), relation, shipped_book()).reason == "R_REGLE_ABSENTE"
    assert family.age(case(), age, shipped_book()).reason == "R_REGLE_ABSENTE"
