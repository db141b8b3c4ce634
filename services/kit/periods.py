"""Civil periods and imprecise dates: what can be said for certain, and what cannot.

Many papers give only a year of birth, or "né vers 1990". A partial date is kept as it was
given and read as an interval; an age test over an interval answers PASS, FAIL or UNKNOWN, and
UNKNOWN is never turned into a refusal. Source: facts.md 9.3 (design), ICAO 9303 for unknown parts.
"""

import calendar
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

CIRCA_DEFAULT_YEARS = 2
EARLIEST_YEAR, LATEST_YEAR = 1850, 2200


class Result(StrEnum):
    """What a test over incomplete knowledge can say."""

    PASS = "PASS"  # noqa: S105  # the word of the API, not a password
    FAIL = "FAIL"
    UNKNOWN = "UNKNOWN"


class Precision(StrEnum):
    """How much of a date is known."""

    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    CIRCA = "circa"
    UNKNOWN = "unknown"


class AgeBound(StrEnum):
    """Until when "at most N years old" holds. Source: facts.md 3.5, reading to be confirmed by the CNSS."""

    THROUGH_BIRTHDAY = "THROUGH_BIRTHDAY"
    THROUGH_YEAR = "THROUGH_YEAR"


class ImpossibleDateError(ValueError):
    """A partial date that no calendar holds.

    Attributes:
        code: Stable code of what is wrong, such as `date-impossible`.
    """

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Period:
    """A span of civil days, both ends included; None is open."""

    start: date | None = None
    end: date | None = None

    def __post_init__(self) -> None:
        if self.start is not None and self.end is not None and self.end < self.start:
            raise ImpossibleDateError("period-reversed")

    def contains(self, on: date) -> bool:
        """Say whether the day lies inside."""
        return (self.start is None or self.start <= on) and (self.end is None or on <= self.end)

    def overlaps(self, other: "Period") -> bool:
        """Say whether the two share at least one day."""
        return self.intersect(other) is not None

    def intersect(self, other: "Period") -> "Period | None":
        """Return the days that both hold, or None when they share none."""
        starts = [day for day in (self.start, other.start) if day is not None]
        ends = [day for day in (self.end, other.end) if day is not None]
        start, end = max(starts, default=None), min(ends, default=None)
        if start is not None and end is not None and end < start:
            return None
        return Period(start, end)


@dataclass(frozen=True, slots=True)
class PartialDate:
    """A date of which parts may be unknown, such as `1990`, `1990-05` or "vers 1988".

    Args:
        year: None only with precision UNKNOWN.
        month: Given for MONTH and DAY.
        day: Given for DAY.
        precision: How much is known; the parts must agree with it.
        circa_plus_minus: Years on either side, for CIRCA alone (default 2).

    Raises:
        ImpossibleDateError: The parts contradict the precision or the calendar.
    """

    year: int | None
    month: int | None = None
    day: int | None = None
    precision: Precision = Precision.DAY
    circa_plus_minus: int | None = None

    def __post_init__(self) -> None:
        given = (self.year is not None, self.month is not None, self.day is not None)
        if given != _PARTS[self.precision]:
            raise ImpossibleDateError("date-parts-do-not-match-precision")
        if self.circa_plus_minus is not None and self.precision is not Precision.CIRCA:
            raise ImpossibleDateError("circa-without-circa-precision")
        if self.circa_plus_minus is not None and not 0 <= self.circa_plus_minus <= 15:  # noqa: PLR2004  # wider says nothing
            raise ImpossibleDateError("circa-out-of-range")
        if self.year is not None and not EARLIEST_YEAR <= self.year <= LATEST_YEAR:
            raise ImpossibleDateError("year-out-of-range")
        try:
            date(self.year or 2000, 1 if self.month is None else self.month, 1 if self.day is None else self.day)
        except ValueError as error:
            raise ImpossibleDateError("date-impossible") from error

    @property
    def earliest(self) -> date | None:
        """The first day that it can be."""
        if self.year is None:
            return None
        return date(self.year - self._slack, self.month or 1, self.day or 1)

    @property
    def latest(self) -> date | None:
        """The last day that it can be."""
        if self.year is None:
            return None
        year, month = self.year + self._slack, self.month or 12
        return date(year, month, self.day or calendar.monthrange(year, month)[1])

    @property
    def suspect_default(self) -> bool:
        """Whether a full date looks like a clerk's stand-in: 1 January or 31 December. Source: facts.md 9.3."""
        return (self.month, self.day) in {(1, 1), (12, 31)}

    @property
    def interval(self) -> "BirthInterval":
        """The days that it can be."""
        return BirthInterval(self.earliest, self.latest)

    @property
    def _slack(self) -> int:
        if self.precision is not Precision.CIRCA:
            return 0
        return CIRCA_DEFAULT_YEARS if self.circa_plus_minus is None else self.circa_plus_minus


_PARTS = {
    Precision.DAY: (True, True, True),
    Precision.MONTH: (True, True, False),
    Precision.YEAR: (True, False, False),
    Precision.CIRCA: (True, False, False),
    Precision.UNKNOWN: (False, False, False),
}


@dataclass(frozen=True, slots=True)
class BirthInterval:
    """The days on which somebody may have been born; None where nothing is known."""

    earliest: date | None = None
    latest: date | None = None

    def __post_init__(self) -> None:
        Period(self.earliest, self.latest)


def birthday(born: date, age: int) -> date:
    """Return the day somebody born then reaches the age; 29 February falls on 28 February in a common year.

    Source: facts.md 9.3 (design).
    """
    year = born.year + age
    if (born.month, born.day) == (2, 29) and not calendar.isleap(year):
        return date(year, 2, 28)
    return born.replace(year=year)


def age_at_least(interval: BirthInterval, years: int, on: date) -> Result:
    """Say whether somebody has reached the age on that day.

    Example:
        >>> age_at_least(BirthInterval(date(2010, 1, 1), date(2010, 12, 31)), 15, on=date(2025, 9, 1))
        <Result.UNKNOWN: 'UNKNOWN'>
    """
    return _over(interval, lambda born: birthday(born, years) <= on)


def age_at_most(interval: BirthInterval, years: int, on: date, bound: AgeBound = AgeBound.THROUGH_BIRTHDAY) -> Result:
    """Say whether somebody is not yet past the age on that day.

    Args:
        interval: When the person may have been born.
        years: The limit, in years.
        on: The day asked about.
        bound: THROUGH_BIRTHDAY ends with the birthday itself; THROUGH_YEAR with the day before the next one.
    """
    return _over(interval, lambda born: on <= age_limit(born, years, bound))


def age_limit(born: date, years: int, bound: AgeBound) -> date:
    """Return the last day on which somebody born then is still "at most" that old."""
    if bound is AgeBound.THROUGH_YEAR:
        return birthday(born, years + 1) - timedelta(days=1)
    return birthday(born, years)


def _over(interval: BirthInterval, holds: Callable[[date], bool]) -> Result:
    """Ask a monotone test at both ends of the interval; an open end answers nothing."""
    answers = {None if born is None else holds(born) for born in (interval.earliest, interval.latest)}
    if answers == {True}:
        return Result.PASS
    if answers == {False}:
        return Result.FAIL
    return Result.UNKNOWN
