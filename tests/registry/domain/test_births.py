"""Dates as papers and clerks write them."""

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import ImpossibleDateError, PartialDate, Precision
from services.registry.domain.births import check_birth, from_parts, read_birth, read_day, suspect_default
from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.findings import Findings
from tests.registry.builders import TODAY


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("1990", PartialDate(1990, precision=Precision.YEAR)),
        ("1990-05", PartialDate(1990, 5, precision=Precision.MONTH)),
        ("1990-05-12", PartialDate(1990, 5, 12)),
        ("12/05/1990", PartialDate(1990, 5, 12)),
        ("1/5/1990", PartialDate(1990, 5, 1)),
        ("12.05.1990", PartialDate(1990, 5, 12)),
        ("né vers 1988", PartialDate(1988, precision=Precision.CIRCA)),
        ("Née vers 1988", PartialDate(1988, precision=Precision.CIRCA)),
        ("  vers  1988 ", PartialDate(1988, precision=Precision.CIRCA)),
        ("vers 1988", PartialDate(1988, precision=Precision.CIRCA)),
        ("1990-05-00", PartialDate(1990, 5, precision=Precision.MONTH)),
        ("1990-00-00", PartialDate(1990, precision=Precision.YEAR)),
        ("00/00/1990", PartialDate(1990, precision=Precision.YEAR)),
        ("0000", PartialDate(None, precision=Precision.UNKNOWN)),
        ("١٩٩٠", PartialDate(1990, precision=Precision.YEAR)),
        ("\u06f1\u06f2/\u06f0\u06f5/\u06f1\u06f9\u06f9\u06f0", PartialDate(1990, 5, 12)),
        ("2024-02-29", PartialDate(2024, 2, 29)),
        ("", PartialDate(None, precision=Precision.UNKNOWN)),
        ("   ", PartialDate(None, precision=Precision.UNKNOWN)),
    ],
)
def test_a_birth_is_read_as_exactly_as_it_is_written(written: str, expected: PartialDate) -> None:
    assert read_birth(written, today=TODAY) == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("1990-02-30", "date-impossible"),
        ("31/04/1990", "date-impossible"),
        ("1990-13-01", "date-impossible"),
        ("2023-02-29", "date-impossible"),
        ("2031-01-01", "date-in-future"),
        ("2027", "date-in-future"),
        ("2026-11-24", "date-in-future"),
        ("1890", "birth-too-long-ago"),
        ("1700", "year-out-of-range"),
        ("90", "date-format"),
        ("12 mai 1990", "date-format"),
        ("1990/05/12", "date-format"),
        ("vers", "date-format"),
        ("1990-05-12T00:00", "date-format"),
        ("1990-00-12", "date-parts-do-not-match-precision"),
    ],
)
def test_what_cannot_be_a_birth_is_refused_with_a_code(written: str, code: str) -> None:
    found = Findings()
    assert found.take("birth", read_birth, written, today=TODAY) is None
    assert [finding.code for finding in found.all] == [code]


def test_a_child_born_today_is_born_and_one_of_120_years_is_alive() -> None:
    assert read_birth("2026-11-23", today=TODAY).latest == TODAY
    assert read_birth("1906", today=TODAY).year == 1906


@given(st.dates(date(1907, 1, 1), TODAY))
def test_a_full_date_reads_the_same_in_both_orders(day: date) -> None:
    expected = PartialDate(day.year, day.month, day.day)
    assert read_birth(day.isoformat(), today=TODAY) == expected
    assert read_birth(f"{day.day:02d}/{day.month:02d}/{day.year:04d}", today=TODAY) == expected


@given(st.text(max_size=20))
def test_no_text_breaks_the_reader(text: str) -> None:
    with suppress(ValueRefusedError, ImpossibleDateError):
        read_birth(text, today=TODAY)
    with suppress(ValueRefusedError):
        read_day(text)


@pytest.mark.parametrize(
    ("parts", "precision"),
    [
        ((1990, 5, 12), Precision.DAY),
        ((1990, 5, None), Precision.MONTH),
        ((1990, None, None), Precision.YEAR),
        ((None, None, None), Precision.UNKNOWN),
    ],
)
def test_the_parts_say_how_much_is_known(
    parts: tuple[int | None, int | None, int | None], precision: Precision
) -> None:
    assert from_parts(*parts).precision is precision


def test_a_margin_makes_a_circa() -> None:
    assert from_parts(1988, None, None, None, 3) == PartialDate(1988, precision=Precision.CIRCA, circa_plus_minus=3)
    assert from_parts(1988, None, None, Precision.CIRCA).earliest == date(1986, 1, 1)


def test_only_a_full_date_of_a_stand_in_day_is_suspect() -> None:
    assert suspect_default(PartialDate(1990, 1, 1))
    assert suspect_default(PartialDate(1990, 12, 31))
    assert not suspect_default(PartialDate(1990, 1, 2))
    assert not suspect_default(PartialDate(1990, precision=Precision.YEAR))


def test_an_unknown_birth_passes_the_check() -> None:
    unknown = PartialDate(None, precision=Precision.UNKNOWN)
    assert check_birth(unknown, today=TODAY) is unknown


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2026-05-12", date(2026, 5, 12)),
        ("12/05/2026", date(2026, 5, 12)),
        ("\u0662\u0660\u0662\u0666-\u0660\u0665-\u0661\u0662", date(2026, 5, 12)),
        ("", None),
        (" ", None),
    ],
)
def test_a_full_date_is_read(written: str, day: date | None) -> None:
    assert read_day(written) == day


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("2026-02-30", "date-impossible"),
        ("32/01/2026", "date-impossible"),
        ("1850-01-01", "year-out-of-range"),
        ("01/01/2150", "year-out-of-range"),
        ("20260512", "date-format"),
        ("2026-W10-1", "date-format"),
        ("hier", "date-format"),
    ],
)
def test_what_is_no_full_date_is_refused_with_a_code(written: str, code: str) -> None:
    with pytest.raises(ValueRefusedError) as refusal:
        read_day(written)
    assert refusal.value.code == code
