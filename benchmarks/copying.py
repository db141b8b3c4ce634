"""What an import wrote, and the time raw COPY takes for the same rows into the same tables with the same constraints.

The rows are taken out of the database that the import filled, and put into copies of it as it was before: same
tables, keys, checks, indexes and triggers, one transaction, tables in the order their foreign keys ask for.
"""

import time
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from graphlib import TopologicalSorter
from pathlib import Path

import psycopg
from psycopg import sql

BOOKKEEPING = ("alembic_version", "job", "procrastinate_", "idempotency_key", "audit_record", "import_", "staging_")
"""Beginnings of names of tables that an import also writes, but that hold no imported row."""

_CHUNK = 1 << 20


@dataclass(frozen=True)
class Dump:
    """One table's rows on disk.

    Attributes:
        table: Its name.
        rows: How many.
        file: Binary COPY format.
    """

    table: str
    rows: int
    file: Path


def load_order(tables: AbstractSet[str], references: Mapping[str, AbstractSet[str]]) -> Sequence[str]:
    """Return tables so that each comes after those it refers to.

    Args:
        tables: What is to be loaded.
        references: For each table the tables its foreign keys name; itself and others than `tables` are ignored.
    """
    graph = {table: (references.get(table, frozenset()) & tables) - {table} for table in sorted(tables)}
    return list(TopologicalSorter(graph).static_order())


def is_bookkeeping(table: str) -> bool:
    """Say whether a table holds no imported rows."""
    return any(table == name or (name.endswith("_") and table.startswith(name)) for name in BOOKKEEPING)


def counts(connection: psycopg.Connection) -> dict[str, int]:
    """Return the number of rows of every ordinary table in the schema."""
    names = [
        str(row[0])
        for row in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace"
            " AND NOT relispartition"
        )
    ]
    found = {}
    for name in names:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        found[name] = int(row[0]) if row else 0
    return found


def _references(connection: psycopg.Connection) -> dict[str, set[str]]:
    rows = connection.execute(
        "SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'"
    )
    found: dict[str, set[str]] = {}
    for table, named in rows:
        found.setdefault(table, set()).add(named)
    return found


def dump(url: str, *, before: Mapping[str, int], folder: Path) -> list[Dump]:
    """Write the rows of every table that was empty before and is not now, in loading order.

    Args:
        url: The database that was filled, as a role that may read all of it.
        before: `counts` of it while it was empty.
        folder: Where the files go.
    """
    with psycopg.connect(url) as connection:
        after = counts(connection)
        filled = {
            table for table, rows in after.items() if rows and not before.get(table) and not is_bookkeeping(table)
        }
        dumps = []
        for table in load_order(filled, _references(connection)):
            file = folder / f"{table}.copy"
            statement = sql.SQL("COPY {} TO STDOUT (FORMAT binary)").format(sql.Identifier(table))
            with connection.cursor() as cursor, cursor.copy(statement) as copied, file.open("wb") as sink:
                for chunk in copied:
                    sink.write(chunk)
            dumps.append(Dump(table, after[table], file))
    return dumps


def load(url: str, dumps: Sequence[Dump]) -> float:
    """Put the rows into another database in one transaction and return the seconds it took, commit included."""
    with psycopg.connect(url) as connection:
        connection.execute("SELECT 1")
        begun = time.monotonic()
        for one in dumps:
            statement = sql.SQL("COPY {} FROM STDIN (FORMAT binary)").format(sql.Identifier(one.table))
            with connection.cursor() as cursor, cursor.copy(statement) as copied, one.file.open("rb") as source:
                while chunk := source.read(_CHUNK):
                    copied.write(chunk)
        connection.commit()
        return time.monotonic() - begun
