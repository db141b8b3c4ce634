"""What titles run for, what renews them, what receipts and fees there are: dated rows, asked for a day.

Source: facts.md 2.1 and 10.2; the rows carry how certain each is.
"""

import calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.kit.periods import Period

RECEIPT, MARGIN, ALERT, FEE = "RECEIPT", "RENEWAL_MARGIN", "ALERT", "FEE"
_DAY = timedelta(days=1)
_MONTHS_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Rule:
    """One row: so many days, months or dirhams while it is in force."""

    code: str
    value: int
    in_force: Period
    certainty: str
    source: str


@dataclass(frozen=True, slots=True)
class TypeRule:
    """What a type of title is while a row of the list is in force.

    Attributes:
        months_min: Shortest usual length; None where the source says nothing.
        months_max: Longest usual length.
        renews_to: The type that follows it.
        stands_for_permit: Whether it is a receipt.
    """

    code: str
    months_min: int | None
    months_max: int | None
    renewable: bool
    renews_to: str
    stands_for_permit: bool
    in_force: Period


@dataclass(frozen=True, slots=True)
class Alert:
    """A day on which somebody should be told that a title ends in so many days."""

    days_before: int
    on: date


@dataclass(frozen=True, slots=True)
class Rules:
    """Every row, oldest first under each code."""

    rules: Sequence[Rule]
    types: Sequence[TypeRule]

    def value(self, code: str, on: date) -> int | None:
        """Return what a rule says on a day; None when no row is in force."""
        return next((rule.value for rule in self.rules if rule.code == code and rule.in_force.contains(on)), None)

    def type(self, code: str, on: date | None) -> TypeRule | None:
        """Return what a type of title is on the day it starts; the newest row when that is not known."""
        rows = [row for row in self.types if row.code == code]
        if on is None:
            return rows[-1] if rows else None
        return next((row for row in rows if row.in_force.contains(on)), None)

    def receipt(self, start: date) -> Period:
        """Return the days of a receipt that starts then; of one before any rule, the newest rule's."""
        months = self.value(RECEIPT, start) or next(rule.value for rule in self.rules if rule.code == RECEIPT)
        return Period(start, last_day(start, months))

    def usual(self, code: str, start: date) -> Period | None:
        """Return the days of a title whose type has one length alone; None for types that have several."""
        rule = self.type(code, start)
        if rule is None or rule.months_min is None or rule.months_min != rule.months_max:
            return None
        return Period(start, last_day(start, rule.months_min))

    def alerts(self, expiry: date) -> tuple[Alert, ...]:
        """Return the days on which the end of a title is announced, the first one first."""
        days = [rule.value for rule in self.rules if rule.code == ALERT and rule.in_force.contains(expiry)]
        return tuple(Alert(before, expiry - timedelta(days=before)) for before in sorted(days, reverse=True))

    def prudent_from(self, expiry: date) -> date | None:
        """Return the day from which a renewal is best filed; None when no row is in force."""
        months = self.value(MARGIN, expiry)
        return None if months is None else months_after(expiry, -months)

    def fee(self, valid: Period) -> int | None:
        """Return what a title costs, in dirhams; None without both ends, or before there was a fee."""
        if valid.start is None or valid.end is None:
            return None
        per_year = self.value(FEE, valid.start)
        return None if per_year is None else per_year * years_begun(valid.start, valid.end)


def months_after(day: date, months: int) -> date:
    """Return the same day so many months later, or the last one of a shorter month.

    Example:
        >>> months_after(date(2026, 11, 30), 3)
        datetime.date(2027, 2, 28)
    """
    year, month = divmod(day.year * _MONTHS_A_YEAR + day.month - 1 + months, _MONTHS_A_YEAR)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(start: date, months: int) -> date:
    """Return the last of so many months that begin on a day."""
    return months_after(start, months) - _DAY


def years_begun(start: date, end: date) -> int:
    """Return how many years a period has, one that is begun counted whole; a day too many makes no year.

    Papers end on the day or on the day before: 2024-04-25 to 2027-04-25 are three years.
    """
    years = end.year - start.year
    if months_after(start, years * _MONTHS_A_YEAR) < end:
        years += 1
    return max(years, 1)
