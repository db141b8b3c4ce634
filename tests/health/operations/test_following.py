"""The feed: pages applied in order with their cursor, facts recorded once, a bad page left alone."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text

from services.health import worker
from services.health.coverage.store import facts as stored
from services.health.coverage.store import feed
from services.health.worker import NoCredentialsError, apply
from services.kit.database import Database
from services.stack.stores import Store
from tests.health.builders import AWA, facts
from tests.health.wire import wire_facts
from tests.support.asgi import settings_for


def change(**changes: Any) -> dict[str, Any]:
    return {
        "cursor": "7.1",
        "id": 1,
        "at": "2026-11-23T10:00:00Z",
        "kind": "person.updated",
        "person_id": str(AWA),
        "version": 3,
        "facts": wire_facts(**changes),
    }


async def test_a_page_of_changes_leaves_the_newest_facts(database: Database) -> None:
    page = [change(version=2, residence=None), change(version=3), change(version=1), {**change(), "facts": None}]
    for _ in range(2):
        async with database.sessions.begin() as session:
            await apply(session, page)
    async with database.sessions() as session:
        assert await stored.find(session, AWA) == facts()


async def test_what_this_area_does_not_know_is_not_kept(database: Database) -> None:
    async with database.sessions.begin() as session:
        await apply(session, [change(school_level="COLLEGE_3", favourite_colour="blue")])
    async with database.sessions() as session:
        kept = await session.scalar(text("SELECT facts::text FROM person_facts"))
    assert "COLLEGE_3" not in kept
    assert "blue" not in kept


async def test_a_page_that_cannot_be_read_is_not_applied_at_all(database: Database) -> None:
    other = {**change(), "facts": wire_facts(person_id=str(uuid4()), birth="long ago")}
    with pytest.raises(ValueError, match="birth"):
        async with database.sessions.begin() as session:
            await apply(session, [change(), other])
    async with database.sessions() as session:
        assert await stored.find(session, AWA) is None
        assert await feed.caught_up_at(session) is None


async def test_the_worker_says_what_it_lacks(coverage_database: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in settings_for(coverage_database).items():
        prefix = "INDIMAJ_HEALTH_" if name == "database_url" else "INDIMAJ_"
        monkeypatch.setenv(f"{prefix}{name.upper()}", value)
    with pytest.raises(NoCredentialsError, match="INDIMAJ_HEALTH_CLIENT_ID"):
        await worker.work(asyncio.Event())
    monkeypatch.setenv("INDIMAJ_HEALTH_CLIENT_ID", "health-worker")
    monkeypatch.setenv("INDIMAJ_HEALTH_CLIENT_SECRET", "secret")
    monkeypatch.setenv("INDIMAJ_AUDIT_KEY", "44" * 32)
    stopping = asyncio.Event()
    asyncio.get_running_loop().call_later(0.5, stopping.set)
    await asyncio.wait_for(worker.work(stopping), 10)
