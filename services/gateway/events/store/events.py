"""Events: written once, read in an order that never skips one."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, delete, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.catalogue import EventType
from services.gateway.events.domain.messages import data_of
from services.gateway.events.domain.records import Change, Event
from services.gateway.events.store.tables import event

START = "0.0"
MOST_PURGED = 5000
_CURSOR = re.compile(r"([0-9]{1,19})\.([0-9]{1,18})")  # both fit PostgreSQL's types
COLUMNS = (
    event.c.id,
    event.c.source,
    event.c.type,
    event.c.resource,
    event.c.subject,
    event.c.organisation,
    event.c.at,
    event.c.data,
    event.c.recorded_at,
)
_NAMES = ", ".join(column.name for column in COLUMNS)
_BELOW = "xid < pg_snapshot_xmin(pg_current_snapshot())"
# ordered by the column: plain `xid` would mean the output of that name, which is text, and "995" > "1608"
_EDGE = text(f"SELECT xid::text AS xid, number FROM event WHERE {_BELOW} ORDER BY event.xid DESC, number DESC LIMIT 1")
_AFTER = (
    text(
        f"SELECT {_NAMES}, xid::text AS xid, number FROM event"
        " WHERE (xid, number) > (CAST(CAST(:xid AS text) AS xid8), CAST(:number AS bigint))"
        " AND (xid, number) <= (CAST(CAST(:edge_xid AS text) AS xid8), CAST(:edge_number AS bigint))"
        " AND type = ANY(:types) ORDER BY event.xid, number LIMIT :limit"
    )
    .columns(*COLUMNS)
    .bindparams(bindparam("types"))
)


@dataclass(frozen=True, slots=True)
class EventPage:
    """Events after a cursor.

    Attributes:
        next: Where to go on, past what did not match as well.
        caught_up: Whether these are all there are for now.
    """

    items: Sequence[Event]
    next: str
    caught_up: bool

    def __len__(self) -> int:
        """Return how many events it holds: a poll that waits goes on while there are none."""
        return len(self.items)


async def add(session: AsyncSession, change: Change, kind: EventType, *, at: datetime) -> Event | None:
    """Write the event of a change; None where it stands already."""
    statement = (
        upsert(event)
        .values(
            source=change.source,
            source_number=change.number,
            type=kind.type,
            resource=kind.resource,
            subject=change.subject,
            organisation=change.organisation,
            at=change.at,
            data=data_of(change, kind),
            recorded_at=at,
        )
        .on_conflict_do_nothing(index_elements=["source", "source_number"])
        .returning(*COLUMNS)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else record(row)


async def read_after(session: AsyncSession, cursor: str | None, *, types: Collection[str], limit: int) -> EventPage:
    """Return the events of some types after a cursor, in order.

    Raises:
        ValueError: The cursor is not one of ours.
    """
    after = cursor or START
    match = _CURSOR.fullmatch(after)
    if match is None:
        raise ValueError("cursor")
    edge = (await session.execute(_EDGE)).one_or_none()
    if edge is None:
        return EventPage((), after, caught_up=True)
    rows = (
        await session.execute(
            _AFTER,
            {
                "xid": match[1],
                "number": int(match[2]),
                "edge_xid": edge.xid,
                "edge_number": edge.number,
                "types": list(types),
                "limit": limit,
            },
        )
    ).all()
    items = [record(row, f"{row.xid}.{row.number}") for row in rows]
    if len(items) == limit:
        return EventPage(items, items[-1].cursor, caught_up=False)
    ahead = (int(edge.xid), edge.number) > (int(match[1]), int(match[2]))
    return EventPage(items, f"{edge.xid}.{edge.number}" if ahead else after, caught_up=True)


async def between(
    session: AsyncSession, after: str, *, since: datetime, until: datetime, types: Collection[str], limit: int
) -> EventPage:
    """Return the events after a cursor that were taken up in a period, for a replay."""
    page = await read_after(session, after, types=types, limit=limit)
    kept = [each for each in page.items if since <= each.recorded_at < until]
    return EventPage(kept, page.next, page.caught_up)


async def purge(session: AsyncSession, *, before: datetime) -> int:
    """Forget events taken up before an instant, with their deliveries; return how many, a few thousand at most."""
    old = select(event.c.id).where(event.c.recorded_at < before).limit(MOST_PURGED)
    gone = await session.execute(delete(event).where(event.c.id.in_(old)).returning(event.c.id))
    return len(gone.all())


def record(row: Any, cursor: str = "") -> Event:
    """Return a row as a record."""
    return Event(
        id=row.id,
        source=row.source,
        type=row.type,
        resource=row.resource,
        subject=row.subject,
        organisation=row.organisation,
        at=row.at,
        data=row.data,
        recorded_at=row.recorded_at,
        cursor=cursor,
    )
