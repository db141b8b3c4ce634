"""The change feed: every write leaves a row in the same transaction, and others follow the rows in order.

Sequences and clocks are no cursor, for a later number can commit first. Rows are ordered by (transaction, id) and
shown only below the oldest transaction still running, so that a follower never skips one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, DateTime, Identity, Index, Integer, MetaData, Table, Text, Uuid, func, insert
from sqlalchemy import text as sql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.types import UserDefinedType

_CURSOR = re.compile(r"([0-9]{1,19})\.([0-9]{1,18})")  # both fit PostgreSQL's types
START = "0.0"


class TransactionId(UserDefinedType[str]):
    """PostgreSQL's `xid8`: a transaction's number that never wraps."""

    cache_ok = True

    def get_col_spec(self, **_options: Any) -> str:
        """Return the type's name."""
        return "xid8"


ischema_names["xid8"] = TransactionId  # reflection, and with it the drift check, knows the type too


def table(metadata: MetaData) -> Table:
    """Return the table of changes of a store that others follow."""
    change = Table(
        "change",
        metadata,
        Column("id", BigInteger, Identity(always=True), primary_key=True),
        Column("xid", TransactionId, nullable=False, server_default=func.pg_current_xact_id()),
        Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
        Column("kind", Text, nullable=False),
        Column("subject", Uuid, nullable=False),
        Column("version", Integer, nullable=False),
        Column("payload", JSONB, nullable=False),
    )
    Index("ix_change_order", change.c.xid, change.c.id)
    return change


def cursor_table(metadata: MetaData) -> Table:
    """Return the table in which a follower keeps how far it has come."""
    return Table(
        "feed_cursor",
        metadata,
        Column("source", Text, primary_key=True),
        Column("cursor", Text, nullable=False),
        Column("caught_up_at", DateTime(timezone=True)),
    )


_CHANGE = table(MetaData())
_WALLS = sql("SELECT person_id, version, withheld FROM person_facts WHERE person_id = ANY(:persons)").columns(
    withheld=JSONB
)
_CURSOR_ROW = cursor_table(MetaData())


@dataclass(frozen=True, slots=True)
class Change:
    """One row of the feed.

    Attributes:
        cursor: Where to go on reading after this row.
        subject: What changed.
        version: The subject's version after the change.
        payload: What the source tells its followers about it.
        withheld: From whom the person it is about is kept, as far as this store knows; None where it was not asked.
        withheld_at: The version of her record at which that holds.
    """

    cursor: str
    id: int
    at: datetime
    kind: str
    subject: UUID
    version: int
    payload: Mapping[str, Any]
    withheld: Mapping[str, Any] | None = None
    withheld_at: int | None = None


async def append(session: AsyncSession, *, subject: UUID, kind: str, version: int, payload: Mapping[str, Any]) -> None:
    """Leave a row in the transaction of the write that it tells of."""
    await session.execute(insert(_CHANGE).values(subject=subject, kind=kind, version=version, payload=dict(payload)))


async def read_after(
    session: AsyncSession, cursor: str | None, *, limit: int, organisation: str | None = None
) -> Sequence[Change]:
    """Return the changes after a cursor, oldest first; with an organisation those of its own rows alone.

    Raises:
        ValueError: The cursor is not one of ours.
    """
    match = _CURSOR.fullmatch(cursor or START)
    if match is None:
        raise ValueError("cursor")
    rows = await session.execute(
        sql(
            "SELECT xid::text AS xid, id, at, kind, subject, version, payload FROM change"
            " WHERE (xid, id) > (CAST(CAST(:xid AS text) AS xid8), CAST(:id AS bigint))"
            " AND xid < pg_snapshot_xmin(pg_current_snapshot())"
            " AND (CAST(:organisation AS text) IS NULL OR payload ->> 'organisation' = :organisation)"
            # by the column: plain `xid` would mean the output of that name, which is text, and "995" > "1608"
            " ORDER BY change.xid, change.id LIMIT :limit"
        ).columns(payload=JSONB),
        {"xid": match[1], "id": int(match[2]), "limit": limit, "organisation": organisation},
    )
    return [
        Change(f"{row.xid}.{row.id}", row.id, row.at, row.kind, row.subject, row.version, row.payload) for row in rows
    ]


async def with_walls(session: AsyncSession, found: Sequence[Change]) -> Sequence[Change]:
    """Add to changes from whom those they are about are kept, by the facts that this store holds of them.

    The registry's own feed says the same, but may be read later: an event of hers must not be told in between.
    """
    rows = await session.execute(_WALLS, {"persons": [change.subject for change in found]})
    walls = {row.person_id: row for row in rows}
    return [
        replace(change, withheld=row.withheld or {}, withheld_at=row.version)
        if (row := walls.get(change.subject))
        else change
        for change in found
    ]


async def cursor_of(session: AsyncSession, source: str) -> str:
    """Return how far this store has followed a source; locks the row, so that only one follower applies at a time."""
    await session.execute(upsert(_CURSOR_ROW).values(source=source, cursor=START).on_conflict_do_nothing())
    found = await session.scalar(
        sql("SELECT cursor FROM feed_cursor WHERE source = :source FOR UPDATE"), {"source": source}
    )
    return str(found)


async def move_cursor(session: AsyncSession, source: str, cursor: str, *, caught_up_at: datetime | None) -> None:
    """Store how far this store has come, in the transaction of what was applied."""
    await session.execute(
        sql(
            "UPDATE feed_cursor SET cursor = :cursor, caught_up_at = coalesce(:at, caught_up_at) WHERE source = :source"
        ),
        {"source": source, "cursor": cursor, "at": caught_up_at},
    )
