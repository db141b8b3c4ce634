"""A slow and obvious oracle of two times: a list of events, replayed from the start for every question.

Days are numbers from FIRST to LAST of a small calendar. A period is the set of its days: an open start has the day
before the first, an open end the day after the last. So "overlaps" is "shares a day", and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from services.kit.periods import Period

FIRST, LAST = 0, 12
OPEN_START, OPEN_END = FIRST - 1, LAST + 1
ORIGIN = date(2026, 1, 1)
Days = frozenset[int]
Row = tuple[tuple[Any, ...], Days]
"""What a row says, and on which days."""


def day(number: int) -> date:
    """Return a day of the calendar."""
    return ORIGIN + timedelta(days=number)


def number(written: str) -> int:
    """Return the number of a day as JSON has it."""
    return (date.fromisoformat(written) - ORIGIN).days


def days_of(start: int | None, end: int | None) -> Days:
    """Return the days of a period, both ends included."""
    return frozenset(range(OPEN_START if start is None else start, (OPEN_END if end is None else end) + 1))


def period_of(days: Days) -> Period:
    """Return days without a gap as a period."""
    start, end = min(days), max(days)
    return Period(None if start == OPEN_START else day(start), None if end == OPEN_END else day(end))


@dataclass(frozen=True)
class Event:
    """What became known at an instant: that a row says this, or, without a row, that it says nothing."""

    at: datetime
    table: str
    key: str
    row: Row | None


@dataclass
class Oracle:
    """Everything that ever became known of one person, in the order it did."""

    events: list[Event] = field(default_factory=list)

    def put(self, at: datetime, table: str, key: str, value: tuple[Any, ...], days: Days) -> None:
        """Note that a row says something from now on."""
        self.events.append(Event(at, table, key, (value, days)))

    def drop(self, at: datetime, table: str, key: str) -> None:
        """Note that a row was entered in error."""
        self.events.append(Event(at, table, key, None))

    def known(self, table: str, at: datetime | None = None) -> Mapping[str, Row]:
        """Return the rows of a table as they were known at an instant; as they are known without one."""
        rows: dict[str, Row] = {}
        for event in self.events:
            if event.table == table and (at is None or event.at <= at):
                rows.pop(event.key, None)
                if event.row is not None:
                    rows[event.key] = event.row
        return rows

    def read(self, table: str, on: int | None = None, at: datetime | None = None) -> list[Row]:
        """Return what a read must return, in an order of its own."""
        return sorted(
            (row for row in self.known(table, at).values() if on is None or on in row[1]),
            key=lambda row: (str(row[0]), sorted(row[1])),
        )

    def clashes(self, table: str, value: tuple[Any, ...], days: Days, *, besides: str = "") -> bool:
        """Say whether a live row of the same kind shares a day."""
        return any(
            _kind(table, said) == _kind(table, value) and theirs & days
            for key, (said, theirs) in self.known(table).items()
            if key != besides
        )

    def moves(self, days: Days) -> bool:
        """Say whether an address of these days can be added: none that starts later is in its way."""
        return not any(theirs & days and min(theirs) > min(days) for _, theirs in self.known("address").values())

    def cut(self, days: Days) -> Iterator[tuple[str, tuple[Any, ...], Days, Days]]:
        """Yield what a new address leaves of those it shares days with: key, value, days before and days after it."""
        for key, (value, theirs) in list(self.known("address").items()):
            if theirs & days:
                before = frozenset(one for one in theirs if one < min(days))
                yield key, value, before, frozenset(one for one in theirs if one > max(days))


def _kind(table: str, value: tuple[Any, ...]) -> tuple[Any, ...]:
    """Return what two rows that may not share a day have in common."""
    return {"legal_status": value[:1], "permit": value[:2], "address": ()}[table]
