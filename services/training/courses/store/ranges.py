"""Civil periods and PostgreSQL's date ranges: ours include the last day, theirs end before the day after."""

from datetime import date, timedelta

from sqlalchemy.dialects.postgresql import Range

from services.kit.periods import Period


def period_of(days: Range[date]) -> Period:
    """Return a date range as a period."""
    return Period(days.lower, days.upper and days.upper - timedelta(days=1))


def range_of(period: Period) -> Range[date]:
    """Return a period as a date range."""
    return Range(period.start, period.end and period.end + timedelta(days=1))
