"""Rule sets: immutable once loaded, so each is read once and kept."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain.errors import UnknownRuleSetError
from services.health.coverage.domain.rules import Kind, RuleBook, RuleRow
from services.health.coverage.store.ranges import period_of
from services.health.coverage.store.tables import rule, rule_set


class RuleBooks:
    """The rule books read so far, by the hash of their set."""

    def __init__(self) -> None:
        self._books: dict[str, RuleBook] = {}

    def known(self, fingerprint: str) -> RuleBook | None:
        """Return a book already read."""
        return self._books.get(fingerprint)

    async def current(self, session: AsyncSession) -> RuleBook:
        """Return the rules that hold for new decisions: the set loaded last."""
        newest = await session.scalar(select(rule_set.c.hash).order_by(rule_set.c.number.desc()).limit(1))
        return await self.of(session, str(newest))

    async def of(self, session: AsyncSession, fingerprint: str) -> RuleBook:
        """Return the rules of one set.

        Raises:
            UnknownRuleSetError: The store holds no such set, or its rows are not those that were loaded.
        """
        if fingerprint not in self._books:
            rows = (await session.execute(select(rule).where(rule.c.rule_set == fingerprint))).all()
            if not rows:
                raise UnknownRuleSetError
            book = RuleBook(
                RuleRow(row.kind, row.code, row.value, period_of(row.valid), row.certainty, row.source, row.note)
                for row in rows
            )
            if book.fingerprint != fingerprint:
                raise UnknownRuleSetError
            self._books[fingerprint] = book
        return self._books[fingerprint]


def page(
    book: RuleBook, *, kind: Kind | None, on: date | None, after: Sequence[str], limit: int
) -> tuple[Sequence[RuleRow], RuleRow | None]:
    """Return rows of a book after a key, and the last one when there are more.

    Args:
        book: The rules.
        kind: Only rows of this kind.
        on: Only rows in force on this day.
        after: Kind, code and first day of the last row seen; empty for the beginning.
        limit: The most rows.
    """
    rows = [
        row
        for row in book.rows
        if (kind is None or row.kind is kind)
        and (on is None or row.period.contains(on))
        and (not after or key(row) > tuple(after))
    ]
    return rows[:limit], rows[limit - 1] if len(rows) > limit else None


def key(row: RuleRow) -> tuple[str, str, str]:
    """Return what rows are listed by."""
    return (row.kind, row.code, "" if row.period.start is None else row.period.start.isoformat())
