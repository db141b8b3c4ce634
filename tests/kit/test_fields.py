"""Wire fields: what a partner sends is taken exactly, or refused with a code."""

import unicodedata
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from services.kit.fields import (
    CivilDate,
    Code,
    CountryCode,
    Day,
    LongText,
    Month,
    SmallCount,
    StrictModel,
    Text,
    Year,
    clean_text,
)

CANARY = "Aminata-Canary"


def code_of(kind: Any, value: Any) -> str:
    """The code with which a value is refused, or `ok`."""
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return str(error.errors()[0]["type"])
    return "ok"


def read(kind: Any, value: Any) -> Any:
    return TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("  Fès  ", "Fès"),
        ("Fe\u0301s", "Fés"),
        ("محمد", "محمد"),
        ("ⵎⵓⵃⴰ", "ⵎⵓⵃⴰ"),
        ("\u0645\u06cc\u200c\u062e\u0648", "\u0645\u06cc\u200c\u062e\u0648"),  # the joiner that Persian spelling needs
        ("O'Brien-N\u2019Diaye", "O'Brien-N\u2019Diaye"),
        ("👩🏿‍🦱", "👩🏿‍🦱"),
    ],
)
def test_names_of_every_script_are_kept_in_one_form(value: str, kept: str) -> None:
    assert read(Text, value) == kept


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("", "string_too_short"),
        ("   ", "blank_text"),
        ("\u200b\u200d\ufeff", "blank_text"),
        ("\u00a0 \u3000", "blank_text"),
        ("a\x00b", "forbidden_character"),
        ("a\tb", "forbidden_character"),
        ("a\nb", "forbidden_character"),
        ("a\u0085b", "forbidden_character"),
        ("a\u2028b", "forbidden_character"),
        ("\u202etxt.exe", "forbidden_character"),
        ("a\u2066b", "forbidden_character"),
        ("a\u200fb", "forbidden_character"),
        ("\ud800", "string_unicode"),
        ("x" * 201, "string_too_long"),
        ("\ufb2c" * 100, "string_too_long"),  # NFC makes three characters of each
        (5, "string_type"),
        (None, "string_type"),
        (["a"], "string_type"),
        (b"a", "string_type"),
        (True, "string_type"),
    ],
)
def test_text_that_could_harm_a_paper_or_a_screen_is_refused(value: Any, code: str) -> None:
    assert code_of(Text, value) == code


def test_a_paragraph_is_longer_than_a_line_and_bounded_too() -> None:
    assert len(read(LongText, "x" * 2000)) == 2000
    assert code_of(LongText, "x" * 2001) == "string_too_long"
    assert code_of(LongText, "\ufb2c" * 1000) == "string_too_long"


@given(st.text())
def test_cleaning_text_twice_is_cleaning_it_once(value: str) -> None:
    if code_of(Text, value) == "ok":
        clean = clean_text(value)
        assert clean_text(clean) == clean == unicodedata.normalize("NFC", clean)
        assert 1 <= len(clean) <= 200
        assert not any(unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"} for char in clean)


@given(st.dates(date(1850, 1, 1), date(2200, 12, 31)))
def test_every_day_of_four_centuries_is_read(day: date) -> None:
    assert read(CivilDate, day.isoformat()) == read(CivilDate, day) == day


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("2026-02-29", "date_impossible"),
        ("2026-13-01", "date_impossible"),
        ("2026-1-1", "date_format"),
        ("20260101", "date_format"),
        ("2026-01-01T00:00:00", "date_format"),
        ("01/02/2026", "date_format"),
        ("\u0662\u0660\u0662\u0666-\u0660\u0661-\u0660\u0661", "date_format"),
        ("2026-01-01\n", "date_format"),
        (1767225600, "date_format"),
        (None, "date_format"),
        ("1849-12-31", "date_out_of_range"),
        ("2201-01-01", "date_out_of_range"),
    ],
)
def test_a_date_has_one_spelling_and_lies_in_reach(value: Any, code: str) -> None:
    assert code_of(CivilDate, value) == code


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        (Code, ["A", "CHILD_BASE", "X" * 40], ["", "a", "A-B", "X" * 41, "A\n", 5, "É"]),
        (CountryCode, ["MAR", "XXA"], ["MA", "mar", "MARO", "MAR\n", "M4R", None]),
        (Year, [1850, 2200], [1849, 2201, "1990", 1990.0, True]),
        (Month, [1, 12], [0, 13, "1"]),
        (Day, [1, 31], [0, 32, "1"]),
        (SmallCount, [0, 1_000_000], [-1, 1_000_001, "1"]),
    ],
)
def test_codes_and_numbers_take_exactly_their_own(kind: Any, good: list[Any], bad: list[Any]) -> None:
    assert [code_of(kind, value) for value in good] == ["ok"] * len(good)
    assert "ok" not in [code_of(kind, value) for value in bad]


class Shape(StrictModel):
    name: Text
    share: float = 0.0


def test_a_wire_shape_takes_what_it_names_and_never_repeats_a_value() -> None:
    assert code_of(Shape, {"name": "a", "role": "admin"}) == "extra_forbidden"
    assert code_of(Shape, {"name": "a", "share": float("nan")}) == "finite_number"
    with pytest.raises(ValidationError) as refusal:
        Shape.model_validate({"name": [CANARY], "share": CANARY, CANARY[:0] + "x": CANARY})
    assert CANARY not in str(refusal.value)
    with pytest.raises(ValidationError):
        Shape(name="a").name = "b"  # type: ignore[misc]  # what the test is about: it is frozen
