"""Refusals on the wire: language, catalogue, shape."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import problems
from services.kit.problems import LANGUAGES, FieldError, Problem, language_of, of_status, problem_type, render

TEAPOT = problem_type("teapot", 418, ("Théière", "إبريق", "Teapot"), ("Du café", "قهوة", "Coffee"))


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (None, "fr"),
        ("", "fr"),
        ("ar", "ar"),
        ("AR-ma", "ar"),
        ("en-GB,en;q=0.9", "en"),
        ("ar;q=0.1, en;q=0.2, fr;q=0.15", "en"),
        ("de, es;q=0.9", "fr"),
        ("de, ar;q=0.1", "ar"),
        ("en;q=0", "fr"),
        ("en;q=-1, ar;q=0.1", "ar"),
        ("en;q=much, ar;q=0.1", "ar"),
        ("en;q=nan", "fr"),
        ("en;level=1", "en"),
        ("zgh, ar", "ar"),
        ("*", "fr"),
        (",;,;q=", "fr"),
        ("xx," * 20 + "en", "fr"),  # who lists more than twenty languages is not listened to
    ],
)
def test_a_reader_is_answered_in_the_language_she_ranks_first(asked: str | None, answered: str) -> None:
    assert language_of(asked) == answered


@given(st.text())
def test_no_header_is_too_strange_to_be_answered(header: str) -> None:
    assert language_of(header) in LANGUAGES


@pytest.mark.parametrize(
    ("status", "slug"),
    [
        (400, "malformed-request"),
        (401, "unauthenticated"),
        (404, "not-found"),
        (405, "method-not-allowed"),
        (409, "conflict"),
        (422, "invalid-input"),
        (500, "unexpected-error"),
        (503, "service-unavailable"),
        (418, "http-418"),
        (599, "http-599"),
    ],
)
def test_every_status_has_a_problem(status: int, slug: str) -> None:
    kind = of_status(status)
    assert (kind.status, kind.slug) == (status, slug)
    assert all(kind.title[language] and kind.remedy[language] for language in LANGUAGES)


def test_a_status_that_no_standard_names_is_called_an_error() -> None:
    assert of_status(599).title["en"] == "Error"
    assert of_status(418).title["en"] == "I'm a Teapot"


def test_the_catalogue_speaks_three_languages_and_names_each_problem_once() -> None:
    slugs = [kind.slug for kind in problems.GENERAL]
    assert len(slugs) == len(set(slugs))
    for kind in problems.GENERAL:
        assert 400 <= kind.status <= 599
        for texts in (kind.title, kind.remedy):
            assert set(texts) == set(LANGUAGES)
            assert any("\u0621" <= char <= "\u064a" for char in texts["ar"])
            assert texts["fr"] != texts["en"]


def test_problem_types_are_read_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "problems.yaml"
    file.write_text(
        "late: {status: 409, title: {fr: Tard, ar: متأخر, en: Late}, remedy: {fr: Hâtez, ar: أسرع, en: Hurry}}", "utf-8"
    )
    late = problems.read_types(file)["late"]
    assert (late.slug, late.status, late.title["ar"], late.remedy["en"]) == ("late", 409, "متأخر", "Hurry")


def test_a_problem_is_an_rfc_9457_document() -> None:
    answer = render(
        Problem(TEAPOT, [FieldError("/pot", "too_short", "Be stout")], {"retry-after": "4"}, {"spout": 1}),
        language="ar",
        instance="7f0e",
    )
    assert answer.status_code == 418
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["content-language"] == "ar"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept-Language"
    assert answer.headers["retry-after"] == "4"
    assert json.loads(bytes(answer.body)) == {
        "type": "/problems/teapot",
        "title": "إبريق",
        "status": 418,
        "detail": "قهوة",
        "code": "teapot",
        "instance": "urn:uuid:7f0e",
        "errors": [{"pointer": "/pot", "code": "too_short", "detail": "Be stout"}],
        "spout": 1,
    }
    assert set(json.loads(bytes(render(Problem(TEAPOT)).body))) == {"type", "title", "status", "detail", "code"}


def test_published_problems_are_sorted_and_complete() -> None:
    published = problems.describe([TEAPOT, problems.NOT_FOUND])
    assert [kind["slug"] for kind in published] == ["not-found", "teapot"]
    assert published[1] == {
        "slug": "teapot",
        "status": 418,
        "title": {"fr": "Théière", "ar": "إبريق", "en": "Teapot"},
        "remedy": {"fr": "Du café", "ar": "قهوة", "en": "Coffee"},
    }
