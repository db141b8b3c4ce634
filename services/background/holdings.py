"""What a store holds about persons, table by table: what she is shown of it, and what her erasure does to it.

A service declares every table of its store in one file, `holdings.yaml`: those with personal data as `holdings`, in
the order in which they can be emptied (a table after those that point at it), the others with why they hold none. A
test holds the file against the tables themselves, so that no table can be forgotten. Source: law 09-08, articles 3, 7
and 9; the order of columns and the words are ours.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import orjson
import yaml
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period

MOST_ROWS = 1000
"""The most rows of a table that an extract shows; that there are more is said."""

_NAME = re.compile(r"[a-z_][a-z0-9_]*")
_RANGE = re.compile(r'([\[(])"?([^",]*)"?,"?([^",]*)"?([\])])')
_RANGES = frozenset({"valid", "known", "period"})
Label = Mapping[str, str]
Row = dict[str, Any]


class Fate(StrEnum):
    """What erasure does to a person's rows of a table."""

    DELETED = "deleted"
    EMPTIED = "emptied"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Holding:
    """One table that holds something about persons.

    Attributes:
        persons: Columns that name a person; erasure goes by all of them.
        shown_by: Those of them by which she is shown a row; none where she is not shown it at all.
        through: (column, parent table, parent's key) where the parent names the person, not the row itself.
        fate: What erasure does.
        sets: With `EMPTIED`: column to SQL expression.
        routine: A function of the owner's that does it, where the application may not.
        reason: Why it is kept or emptied, or not shown.
        data_class: How long it is kept: a class of the retention rules.
        origin: Where it comes from, as an extract says: `declared`, `derived` or `recorded`.
        title: What the table is called to a person, by language.
        hidden: Columns that mean nothing to her.
        unless: SQL condition on the row, as `t`, under which it is not shown: the other side of a barrier.
    """

    table: str
    persons: tuple[str, ...]
    fate: Fate
    shown_by: tuple[str, ...] = ()
    through: tuple[str, str, str] | None = None
    sets: Mapping[str, str] = field(default_factory=dict)
    routine: str | None = None
    reason: str | None = None
    data_class: str | None = None
    origin: str = "recorded"
    title: Label = field(default_factory=dict)
    hidden: tuple[str, ...] = ()
    unless: str = "false"

    @classmethod
    def read(cls, entry: Mapping[str, Any]) -> Self:
        """Read an entry of the file.

        Raises:
            ValueError: It does not say enough.
        """
        said = dict(entry)
        persons = _names(said.pop("persons", "person_id"))
        title = said.get("title")
        shown_by = _names(said.pop("shown_by", persons if title else ()))
        through = said.pop("through", None)
        found = cls(
            table=said.pop("table"),
            persons=persons,
            shown_by=shown_by,
            fate=Fate(said.pop("fate")),
            through=None if through is None else tuple(through),
            hidden=_names(said.pop("hidden", ())),
            **said,
        )
        words = [found.table, *persons, *shown_by, *found.hidden, *found.sets, *(found.through or ())]
        if not all(_NAME.fullmatch(word) for word in words):
            raise ValueError(f"{found.table}: a name that SQL does not take plainly")
        if (found.fate is not Fate.DELETED or not shown_by) and not found.reason:
            raise ValueError(f"{found.table}: say why it is not deleted, or not shown")
        if (found.fate is Fate.EMPTIED) != bool(found.sets):
            raise ValueError(f"{found.table}: say what is emptied")
        return found

    def about(self, columns: Sequence[str]) -> str:
        """Return the SQL condition on rows that name the person in one of the columns."""
        named = " OR ".join(f"{column} = :person" for column in columns)
        if self.through is None:
            return f"({named})"
        column, parent, key = self.through
        return f"{column} IN (SELECT {key} FROM {parent} WHERE {named})"


@dataclass(frozen=True, slots=True)
class RetentionRule:
    """How long a class of data is kept, on the days that the rule is in force.

    Attributes:
        code: The class.
        months: How long.
        after: From when: `last_contact`, `decision_end`, `exit`, `withdrawal`, `closing`.
    """

    code: str
    months: int
    after: str
    valid: Period
    certainty: str
    source: str

    @classmethod
    def read(cls, row: Mapping[str, Any]) -> Self:
        """Read a rule row of the file."""
        value = row["value"]
        valid = Period(row["from"], row["to"])
        return cls(row["code"], value["months"], value["after"], valid, row["certainty"], str(row["source"]))


@dataclass(frozen=True, slots=True)
class Holdings:
    """All of a store's.

    Attributes:
        tables: In the order of emptying.
        others: Table to why it holds nothing about persons.
        rules: How long each class of data is kept.
    """

    tables: tuple[Holding, ...]
    others: Mapping[str, str]
    rules: tuple[RetentionRule, ...]

    @classmethod
    def read(cls, file: Path) -> Self:
        """Read a service's file."""
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
        return cls(
            tuple(Holding.read(entry) for entry in document["holdings"]),
            document["others"],
            tuple(RetentionRule.read(row) for row in document["retention"]),
        )

    def rule(self, code: str | None, on: date) -> RetentionRule | None:
        """Return the rule that is in force for a class on a day, or None."""
        return next((rule for rule in self.rules if rule.code == code and rule.valid.contains(on)), None)


@dataclass(frozen=True, slots=True)
class Section:
    """A person's rows of one table.

    Attributes:
        more: Whether there are more than could be shown.
    """

    holding: Holding
    rows: Sequence[Row]
    more: bool


async def extract(session: AsyncSession, holdings: Holdings, person_id: UUID) -> list[Section]:
    """Return everything that a store shows a person of herself; tables in which she is not are left out."""
    sections = []
    for holding in holdings.tables:
        if not holding.shown_by:
            continue
        statement = (
            f"SELECT (to_jsonb(t) - CAST(:hidden AS text[]))::text FROM {holding.table} t"  # names of our own file
            f" WHERE {holding.about(holding.shown_by)} AND NOT ({holding.unless}) ORDER BY 1 LIMIT {MOST_ROWS + 1}"
        )
        found = await session.scalars(text(statement), {"hidden": list(holding.hidden), "person": person_id})
        rows = [_readable(orjson.loads(row)) for row in found]
        if rows:
            sections.append(Section(holding, rows[:MOST_ROWS], len(rows) > MOST_ROWS))
    return sections


async def erase(session: AsyncSession, holdings: Holdings, person_id: UUID) -> dict[str, int]:
    """Do to a person's rows what the holdings say; return how many rows of each table it was done to.

    Doing it again finds nothing.
    """
    done: dict[str, int] = {}
    for holding in holdings.tables:
        if holding.fate is Fate.KEPT:
            continue
        if holding.routine is not None:
            count = await session.scalar(text(f"SELECT {holding.routine}(:person)"), {"person": person_id})
        else:
            result = await session.execute(text(_statement(holding)), {"person": person_id})
            count = getattr(result, "rowcount", 0)
        if count:
            done[holding.table] = done.get(holding.table, 0) + int(count)
    return done


def _statement(holding: Holding) -> str:
    about = holding.about(holding.persons)
    if holding.fate is Fate.DELETED:
        return f"DELETE FROM {holding.table} WHERE {about}"  # names of our own file
    sets = ", ".join(f"{column} = {expression}" for column, expression in holding.sets.items())
    changed = " OR ".join(f"{column} IS DISTINCT FROM {expression}" for column, expression in holding.sets.items())
    return f"UPDATE {holding.table} SET {sets} WHERE {about} AND ({changed})"  # the same


def _readable(row: Row) -> Row:
    """Write ranges as two members, and leave out what is empty."""
    shown: Row = {}
    for name, value in row.items():
        match = _RANGE.fullmatch(value) if name in _RANGES and isinstance(value, str) else None
        if match is None:
            shown[name] = value
        else:
            shown[f"{name}_from"], shown[f"{name}_until"] = match[2] or None, match[3] or None
    return {name: value for name, value in shown.items() if value not in (None, [], {}, "")}


def _names(said: str | Sequence[str]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)
