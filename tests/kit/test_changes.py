"""The change feed: rows come in the order of commits, none early, none twice, none left out."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from services.background import changes
from services.background.changes import Change
from services.kit.database import Database
from services.stack.stores import Store
from tests.kit.waiting import until

WRITE = "INSERT INTO change (kind, subject, version, payload) VALUES ($1, uuidv4(), 1, '{}')"
WRITERS = 3


async def read(database: Database, cursor: str | None = None, limit: int = 100) -> Sequence[Change]:
    async with database.sessions.begin() as session:
        return await changes.read_after(session, cursor, limit=limit)


async def kinds(database: Database) -> list[str]:
    return [change.kind for change in await read(database)]


async def settled(database: Database) -> None:
    """Wait until no transaction of anybody is under way: PostgreSQL's own housekeeping holds the feed back too."""
    query = text("SELECT pg_snapshot_xmin(pg_current_snapshot()) = pg_snapshot_xmax(pg_current_snapshot())")

    async def alone() -> bool:
        async with database.sessions() as session:
            return bool(await session.scalar(query))

    await until(alone)


@pytest.fixture
async def other(notes_store: Store) -> AsyncIterator[asyncpg.Connection]:
    """A second writer."""
    connection = await asyncpg.connect(notes_store.url)
    yield connection
    await connection.close()


async def test_transactions_are_ordered_as_numbers_however_many_digits_they_have(
    database: Database, notes_store: Store
) -> None:
    owner = await asyncpg.connect(notes_store.admin_url)
    for xid in ("9", "10", "99", "100"):
        await owner.execute(
            "INSERT INTO change (xid, kind, subject, version, payload) VALUES ($1::text::xid8, $1, uuidv4(), 1, '{}')",
            xid,
        )
    await owner.close()
    assert await kinds(database) == ["9", "10", "99", "100"]
    cursor: str | None = None
    for expected in ("9", "10", "99", "100"):
        [change] = await read(database, cursor, limit=1)
        assert change.kind == expected
        cursor = change.cursor


async def test_a_change_tells_what_was_written(database: Database) -> None:
    subject = uuid4()
    async with database.sessions.begin() as session:
        await changes.append(session, subject=subject, kind="person.updated", version=3, payload={"nom": "Fès", "n": 1})
        assert await changes.read_after(session, None, limit=10) == []  # its own transaction has not ended yet
    await settled(database)
    [change] = await read(database)
    assert (change.subject, change.kind, change.version) == (subject, "person.updated", 3)
    assert change.payload == {"nom": "Fès", "n": 1}
    assert change.at.tzinfo is not None
    assert await read(database, change.cursor) == []


async def test_a_change_that_was_undone_was_never_there(database: Database) -> None:
    async def fail() -> None:
        async with database.sessions.begin() as session:
            await changes.append(session, subject=uuid4(), kind="lost", version=1, payload={})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await read(database) == []


async def test_a_later_change_waits_until_no_earlier_one_can_still_appear(
    database: Database, other: asyncpg.Connection
) -> None:
    earlier = other.transaction()
    await earlier.start()
    await other.execute(WRITE, "earlier")
    async with database.sessions.begin() as session:
        await changes.append(session, subject=uuid4(), kind="later", version=1, payload={})
    assert await kinds(database) == []  # shown now, `later` would move followers past `earlier`
    await earlier.commit()
    await settled(database)
    assert await kinds(database) == ["earlier", "later"]


async def test_an_earlier_writer_that_gives_up_holds_nobody_back(database: Database, other: asyncpg.Connection) -> None:
    earlier = other.transaction()
    await earlier.start()
    await other.execute(WRITE, "earlier")
    async with database.sessions.begin() as session:
        await changes.append(session, subject=uuid4(), kind="later", version=1, payload={})
    await earlier.rollback()
    await settled(database)
    assert await kinds(database) == ["later"]


async def test_one_who_only_reads_for_long_holds_nobody_back(database: Database, other: asyncpg.Connection) -> None:
    reading = other.transaction(isolation="repeatable_read")
    await reading.start()
    await other.fetchval("SELECT count(*) FROM change")
    async with database.sessions.begin() as session:
        await changes.append(session, subject=uuid4(), kind="written", version=1, payload={})
    await settled(database)
    assert await kinds(database) == ["written"]
    await reading.rollback()


async def test_a_savepoint_belongs_to_its_transaction(database: Database, other: asyncpg.Connection) -> None:
    async with other.transaction():
        await other.execute(WRITE, "first")
        async with other.transaction():
            await other.execute(WRITE, "second")
        inner = other.transaction()
        await inner.start()
        await other.execute(WRITE, "undone")
        await inner.rollback()
        assert await kinds(database) == []
    await settled(database)
    assert await kinds(database) == ["first", "second"]


async def test_a_page_ends_at_its_limit_and_the_next_begins_after_it(database: Database) -> None:
    for start in (0, 3):
        async with database.sessions.begin() as session:
            for number in range(start, start + 3):
                await changes.append(session, subject=UUID(int=number), kind=str(number), version=1, payload={})
    await settled(database)
    cursor, seen = None, []
    while page := await read(database, cursor, limit=2):
        assert len(page) <= 2
        seen += [change.kind for change in page]
        cursor = page[-1].cursor
    assert seen == ["0", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    "garbage",
    ["x", "1", "1.", ".1", "1.2.3", "-1.0", "1.-1", "1 .2", "1.2\n", "٣.٣", "9" * 20 + ".0", "0." + "9" * 19, "1;DROP"],
)
async def test_a_cursor_that_is_not_ours_is_a_value_error(database: Database, garbage: str) -> None:
    with pytest.raises(ValueError, match="cursor"):
        await read(database, garbage)


@pytest.mark.parametrize("start", [None, "", changes.START, "9" * 19 + "." + "9" * 18])
async def test_a_cursor_of_any_size_is_read(database: Database, start: str | None) -> None:
    assert await read(database, start) == []


actions = st.lists(
    st.tuples(st.sampled_from(["write", "write", "commit", "undo", "read"]), st.integers(0, WRITERS - 1)), max_size=24
)


class Writers:
    """Several writers, each in a transaction of its own that a script begins, fills and ends."""

    def __init__(self, connections: list[asyncpg.Connection]) -> None:
        self.connections = connections
        self.under_way: dict[int, tuple[Any, list[str]]] = {}
        self.committed: set[str] = set()

    async def write(self, number: int, kind: str) -> None:
        """Write a change, beginning a transaction if there is none."""
        if number not in self.under_way:
            transaction = self.connections[number].transaction()
            await transaction.start()
            self.under_way[number] = (transaction, [])
        await self.connections[number].execute(WRITE, kind)
        self.under_way[number][1].append(kind)

    async def finish(self, number: int, *, commit: bool) -> None:
        """End a transaction, if there is one."""
        transaction, written = self.under_way.pop(number, (None, []))
        if transaction is not None:
            await (transaction.commit() if commit else transaction.rollback())
            self.committed.update(written if commit else ())


async def follow(database: Database, seen: list[Change], limit: int) -> None:
    """Read on from the last change seen until there is no more."""
    while page := await read(database, seen[-1].cursor if seen else None, limit=limit):
        seen.extend(page)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions, st.integers(1, 3))
async def test_a_follower_sees_each_committed_change_once_whatever_the_interleaving(
    notes_store: Store, script: list[tuple[str, int]], limit: int
) -> None:
    database = Database(notes_store.url, pool_size=2)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(database.close)
        connections = [await asyncpg.connect(notes_store.url) for _ in range(WRITERS)]
        for connection in connections:
            stack.push_async_callback(connection.close)
        await connections[0].execute("DELETE FROM change")
        writers, seen = Writers(connections), list[Change]()
        for step, (action, number) in enumerate(script):
            if action == "write":
                await writers.write(number, str(step))
            elif action == "read":
                await follow(database, seen, limit)
                assert {change.kind for change in seen} <= writers.committed
            else:
                await writers.finish(number, commit=action == "commit")
        for number in range(WRITERS):
            await writers.finish(number, commit=True)
        await settled(database)
        await follow(database, seen, limit)
        assert sorted(change.kind for change in seen) == sorted(writers.committed)
        assert await read(database, limit=1000) == seen  # a replay tells the same story


async def test_a_followers_cursor_begins_at_the_start_and_moves_with_what_was_applied(database: Database) -> None:
    async with database.sessions.begin() as session:
        assert await changes.cursor_of(session, "registry") == changes.START
        await changes.move_cursor(session, "registry", "7.1", caught_up_at=None)
        assert await changes.cursor_of(session, "elsewhere") == changes.START
    async with database.sessions() as session:
        await changes.move_cursor(session, "registry", "9.9", caught_up_at=None)
        await session.rollback()
    async with database.sessions.begin() as session:
        assert await changes.cursor_of(session, "registry") == "7.1"


async def test_an_organisation_is_told_of_its_own_rows_alone(database: Database) -> None:
    async with database.sessions.begin() as session:
        for kind, payload in (
            ("mdm's", {"organisation": "mdm"}),
            ("alcs's", {"organisation": "alcs"}),
            ("nobody's", {}),
        ):
            await changes.append(session, subject=uuid4(), kind=kind, version=1, payload=payload)
    await settled(database)
    async with database.sessions.begin() as session:
        own = await changes.read_after(session, None, limit=10, organisation="mdm")
    assert [change.kind for change in own] == ["mdm's"]
    assert await kinds(database) == ["mdm's", "alcs's", "nobody's"]
