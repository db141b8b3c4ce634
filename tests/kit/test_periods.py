"""Periods, partial dates and ages, held against an oracle that asks every single day."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from services.kit.periods import (
    AgeBound,
    BirthInterval,
    ImpossibleDateError,
    PartialDate,
    Period,
    Precision,
    Result,
    age_at_least,
    age_at_most,
    age_limit,
    birthday,
)

PASS, FAIL, UNKNOWN = Result.PASS, Result.FAIL, Result.UNKNOWN
ONE_DAY = timedelta(days=1)
WINDOW = [date(2024, 2, 26) + ONE_DAY * n for n in range(10)]
days = st.sampled_from(WINDOW)
ends = st.none() | days


@st.composite
def periods(draw: st.DrawFn) -> Period:
    start, end = draw(ends), draw(ends)
    assume(start is None or end is None or start <= end)
    return Period(start, end)


def days_of(period: Period) -> set[date]:
    """Every day of the window that the period holds, one by one."""
    first, last = period.start or date.min, period.end or date.max
    return {day for day in WINDOW if first <= day <= last}


def completed_years(born: date, on: date) -> int:
    """Age as it is counted at a counter: years, less one while the birthday is still to come."""
    turns = (born.month, born.day)
    common_year = (on.replace(month=3, day=1) - ONE_DAY).day == 28
    if turns == (2, 29) and common_year:
        turns = (2, 28)
    return on.year - born.year - ((on.month, on.day) < turns)


def is_birthday(born: date, on: date) -> bool:
    return completed_years(born, on) != completed_years(born, on - ONE_DAY)


def every_day(first: date, last: date) -> list[date]:
    return [first + ONE_DAY * n for n in range((last - first).days + 1)]


def agreed(answers: set[bool]) -> Result:
    return {frozenset({True}): PASS, frozenset({False}): FAIL}.get(frozenset(answers), UNKNOWN)


@given(periods(), days)
def test_a_period_contains_the_days_between_its_ends(period: Period, day: date) -> None:
    assert period.contains(day) is (day in days_of(period))


@given(periods(), periods())
def test_two_periods_intersect_in_the_days_that_both_hold(one: Period, other: Period) -> None:
    shared = one.intersect(other)
    assert one.intersect(other) == other.intersect(one)
    assert one.overlaps(other) is other.overlaps(one) is (shared is not None)
    # Every open end reaches past the window, so the window sees every meeting of two periods but those of open ends.
    assert (days_of(shared) if shared else set()) == days_of(one) & days_of(other)


@given(periods(), periods(), periods())
def test_intersecting_is_associative_and_keeps_what_is_already_inside(a: Period, b: Period, c: Period) -> None:
    ab, bc = a.intersect(b), b.intersect(c)
    assert (ab and ab.intersect(c)) == (bc and a.intersect(bc))
    assert a.intersect(a) == a.intersect(Period()) == a


@pytest.mark.parametrize(
    ("one", "other", "meet"),
    [
        (Period(date(2026, 1, 1), date(2026, 1, 31)), Period(date(2026, 1, 31), None), True),
        (Period(date(2026, 1, 1), date(2026, 1, 31)), Period(date(2026, 2, 1), None), False),
        (Period(None, date(2026, 1, 1)), Period(date(2026, 1, 2), None), False),
        (Period(None, date(2026, 1, 1)), Period(None, date(1990, 1, 1)), True),
        (Period(), Period(), True),
    ],
)
def test_both_ends_of_a_period_belong_to_it(one: Period, other: Period, meet: bool) -> None:
    assert one.overlaps(other) is meet


@pytest.mark.parametrize(
    ("parts", "earliest", "latest"),
    [
        ((1990, 5, 17, Precision.DAY), date(1990, 5, 17), date(1990, 5, 17)),
        ((1992, 2, None, Precision.MONTH), date(1992, 2, 1), date(1992, 2, 29)),
        ((1990, 12, None, Precision.MONTH), date(1990, 12, 1), date(1990, 12, 31)),
        ((1990, None, None, Precision.YEAR), date(1990, 1, 1), date(1990, 12, 31)),
        ((1990, None, None, Precision.CIRCA), date(1988, 1, 1), date(1992, 12, 31)),
        ((1990, None, None, Precision.CIRCA, 0), date(1990, 1, 1), date(1990, 12, 31)),
        ((1990, None, None, Precision.CIRCA, 5), date(1985, 1, 1), date(1995, 12, 31)),
        ((None, None, None, Precision.UNKNOWN), None, None),
    ],
)
def test_a_partial_date_is_an_interval(
    parts: tuple[int | None, ...], earliest: date | None, latest: date | None
) -> None:
    partial = PartialDate(*parts)  # type: ignore[arg-type]  # rows of a table
    assert (partial.earliest, partial.latest) == (earliest, latest)
    assert partial.interval == BirthInterval(earliest, latest)


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        ((1990, None, 3, Precision.DAY), "date-parts-do-not-match-precision"),
        ((1990, 5, None, Precision.DAY), "date-parts-do-not-match-precision"),
        ((1990, 5, 1, Precision.MONTH), "date-parts-do-not-match-precision"),
        ((1990, 5, None, Precision.YEAR), "date-parts-do-not-match-precision"),
        ((1990, None, None, Precision.UNKNOWN), "date-parts-do-not-match-precision"),
        ((None, None, None, Precision.YEAR), "date-parts-do-not-match-precision"),
        ((1990, None, None, Precision.YEAR, 2), "circa-without-circa-precision"),
        ((1990, None, None, Precision.CIRCA, -1), "circa-out-of-range"),
        ((1990, None, None, Precision.CIRCA, 16), "circa-out-of-range"),
        ((1849, None, None, Precision.YEAR), "year-out-of-range"),
        ((2201, None, None, Precision.YEAR), "year-out-of-range"),
        ((0, None, None, Precision.YEAR), "year-out-of-range"),
        ((1990, 13, None, Precision.MONTH), "date-impossible"),
        ((1990, 0, None, Precision.MONTH), "date-impossible"),
        ((2023, 2, 29, Precision.DAY), "date-impossible"),
        ((2024, 2, 30, Precision.DAY), "date-impossible"),
        ((2024, 2, 0, Precision.DAY), "date-impossible"),
    ],
)
def test_a_date_that_no_calendar_holds_says_what_is_wrong(parts: tuple[int | None, ...], code: str) -> None:
    with pytest.raises(ImpossibleDateError) as refusal:
        PartialDate(*parts)  # type: ignore[arg-type]  # rows of a table
    assert refusal.value.code == code


@pytest.mark.parametrize("interval", [Period, BirthInterval])
def test_an_interval_does_not_end_before_it_starts(interval: type[Period] | type[BirthInterval]) -> None:
    with pytest.raises(ImpossibleDateError) as refusal:
        interval(date(2026, 1, 2), date(2026, 1, 1))
    assert refusal.value.code == "period-reversed"


def test_a_clerks_stand_in_is_noticed() -> None:
    assert PartialDate(1990, 1, 1).suspect_default
    assert PartialDate(1990, 12, 31).suspect_default
    assert not PartialDate(1990, 1, 2).suspect_default
    assert not PartialDate(1990, precision=Precision.YEAR).suspect_default


@pytest.mark.parametrize(
    ("born", "age", "reached"),
    [
        (date(2004, 2, 29), 18, date(2022, 2, 28)),
        (date(2004, 2, 29), 20, date(2024, 2, 29)),
        (date(2000, 2, 29), 100, date(2100, 2, 28)),
        (date(2004, 2, 28), 18, date(2022, 2, 28)),
        (date(2004, 3, 1), 20, date(2024, 3, 1)),
        (date(2004, 12, 31), 0, date(2004, 12, 31)),
    ],
)
def test_who_is_born_on_29_february_has_a_birthday_every_year(born: date, age: int, reached: date) -> None:
    assert birthday(born, age) == reached


@pytest.mark.parametrize(
    ("years", "bound", "last_day"),
    [
        (21, AgeBound.THROUGH_BIRTHDAY, date(2026, 6, 15)),
        (21, AgeBound.THROUGH_YEAR, date(2027, 6, 14)),
    ],
)
def test_at_most_an_age_ends_on_the_birthday_or_with_the_year_of_age(
    years: int, bound: AgeBound, last_day: date
) -> None:
    born = date(2005, 6, 15)
    interval = BirthInterval(born, born)
    assert age_limit(born, years, bound) == last_day
    assert age_at_most(interval, years, last_day, bound) is PASS
    assert age_at_most(interval, years, last_day + ONE_DAY, bound) is FAIL


def test_nobody_knows_the_age_of_an_unknown_birth() -> None:
    on = date(2026, 1, 1)
    for interval in (BirthInterval(), BirthInterval(date(1900, 1, 1), None), BirthInterval(None, date(2025, 1, 1))):
        assert age_at_least(interval, 15, on) is UNKNOWN
        assert age_at_most(interval, 15, on) is UNKNOWN


leap_and_common = st.dates(date(1996, 1, 1), date(2005, 12, 31))


@st.composite
def questions(draw: st.DrawFn) -> tuple[BirthInterval, int, date]:
    """An interval of births, an age, and a day near enough to matter."""
    first = draw(st.one_of(leap_and_common, st.sampled_from([date(2000, 2, 28), date(2000, 2, 29), date(2004, 2, 29)])))
    last = first + ONE_DAY * draw(st.integers(0, 800))
    years = draw(st.integers(0, 30))
    somebody = draw(st.sampled_from(every_day(first, last)))
    on = birthday(somebody, years + draw(st.integers(0, 1))) + ONE_DAY * draw(st.integers(-2, 2))
    return BirthInterval(first, last), years, on


@given(questions())
def test_at_least_an_age_agrees_with_asking_every_possible_birth_day(question: tuple[BirthInterval, int, date]) -> None:
    interval, years, on = question
    assert interval.earliest
    assert interval.latest
    births = every_day(interval.earliest, interval.latest)
    assert age_at_least(interval, years, on) is agreed({completed_years(born, on) >= years for born in births})


@given(questions(), st.sampled_from(AgeBound))
def test_at_most_an_age_agrees_with_asking_every_possible_birth_day(
    question: tuple[BirthInterval, int, date], bound: AgeBound
) -> None:
    interval, years, on = question
    assert interval.earliest
    assert interval.latest

    def holds(born: date) -> bool:
        age = completed_years(born, on)
        if bound is AgeBound.THROUGH_YEAR:
            return age <= years
        return age < years or (age == years and is_birthday(born, on))

    births = every_day(interval.earliest, interval.latest)
    assert age_at_most(interval, years, on, bound) is agreed({holds(born) for born in births})


@given(
    st.integers(1851, 2199),
    st.integers(1, 12),
    st.sampled_from([Precision.MONTH, Precision.YEAR, Precision.CIRCA]),
    st.integers(0, 15),
)
def test_a_partial_date_holds_every_day_that_it_can_mean_and_no_other(
    year: int, month: int, precision: Precision, slack: int
) -> None:
    circa = precision is Precision.CIRCA
    given_month = month if precision is Precision.MONTH else None
    partial = PartialDate(year, given_month, None, precision, slack if circa else None)
    assert partial.earliest
    assert partial.latest

    def can_be(day: date) -> bool:
        near = abs(day.year - year) <= (slack if circa else 0)
        return near and day.month == (given_month or day.month)

    assert all(can_be(day) for day in every_day(partial.earliest, partial.latest))
    assert not can_be(partial.earliest - ONE_DAY)
    assert not can_be(partial.latest + ONE_DAY)
