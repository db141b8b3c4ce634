"""Deadlines of a regularisation file: the commission's two months, the appeal's sixty days. Source: facts.md 1.4."""

import calendar
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.registry.domain.regularisation_rules import Deadline

_MONTHS = 12


@dataclass(frozen=True, slots=True)
class Due:
    """A deadline that runs."""

    code: str
    on: date


@dataclass(frozen=True, slots=True)
class Running:
    """A deadline as a file shows it.

    Attributes:
        counted_on: The date it counts from; None while that has not happened.
        due_on: Its last day; None while it does not run.
        met_on: When it was kept or missed by a step; None while it runs.
        late: Whether it passed without being met in time.
    """

    deadline: Deadline
    counted_on: date | None
    due_on: date | None
    met_on: date | None
    late: bool


def after_months(day: date, months: int) -> date:
    """Return the same day so many months later; the month's last day where there is no such day.

    Example:
        >>> after_months(date(2016, 12, 31), 2)
        datetime.date(2017, 2, 28)
    """
    index = day.year * _MONTHS + day.month - 1 + months
    year, month = divmod(index, _MONTHS)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def last_day(deadline: Deadline, start: date) -> date:
    """Return the last day of a deadline that counts from a day."""
    return after_months(start, deadline.months or 0) + timedelta(days=deadline.days or 0)


def due_of(deadlines: Sequence[Deadline], state: str, filed_on: date, notified_on: date | None) -> Due | None:
    """Return the deadline that runs in a state; None where none does."""
    for deadline in deadlines:
        start = _start(deadline, filed_on, notified_on)
        if state in deadline.open_in and start is not None and deadline.rule.in_force.contains(start):
            return Due(deadline.rule.code, last_day(deadline, start))
    return None


def running(
    deadlines: Sequence[Deadline],
    reached: Mapping[str, date],
    filed_on: date,
    notified_on: date | None,
    *,
    state: str,
    today: date,
) -> tuple[Running, ...]:
    """Return every deadline that the file has met or may meet.

    Args:
        deadlines: The rows.
        reached: State to the first day on which the file reached it.
        filed_on: Day of filing.
        notified_on: Day on which an unfavourable opinion was notified.
        state: Where the file stands.
        today: Civil date.
    """
    found = []
    for deadline in deadlines:
        start = _start(deadline, filed_on, notified_on)
        due_on = last_day(deadline, start) if start and deadline.rule.in_force.contains(start) else None
        met = [reached[one] for one in deadline.met_by if one in reached]
        open_now = state in deadline.open_in
        if due_on is None and not open_now:
            continue
        met_on = min(met, default=None)
        late = due_on is not None and ((met_on or today) > due_on) and (met_on is not None or open_now)
        found.append(Running(deadline, start, due_on, met_on, late))
    return tuple(found)


def _start(deadline: Deadline, filed_on: date, notified_on: date | None) -> date | None:
    return notified_on if deadline.counted_from == "notification_date" else filed_on
