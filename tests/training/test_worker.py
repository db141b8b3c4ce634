"""The worker: a page of the feed becomes facts, exactly once, and an end that comes when it is asked for."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import BirthInterval, Precision
from services.stack.stores import Store
from services.training import worker
from services.training.courses.store import facts as stored_facts
from tests.support.asgi import HASH_KEY, PSEUDONYM_KEY
from tests.training.builders import wire_facts


def row(person: UUID, **changes: Any) -> dict[str, Any]:
    """A row of the registry's feed, with facts."""
    facts = wire_facts(person, **changes)
    said = {"cursor": "1.1", "id": 1, "at": "2026-11-23T10:00:00Z", "kind": "person.updated"}
    return {**said, "person_id": str(person), "version": facts["version"], "facts": facts}


async def test_a_page_of_the_feed_becomes_facts(session: AsyncSession) -> None:
    known, unknown = uuid4(), uuid4()
    page = [
        row(known),
        row(known, version=3, school_level="LICENCE", residence=None),
        row(known, version=2, school_level="AUCUN"),
        row(unknown, birth={"earliest": None, "latest": None, "precision": "unknown"}, legal_statuses=[]),
        {"cursor": "1.5", "id": 5, "kind": "household.split", "person_id": str(uuid4()), "version": 1},
    ]
    for _ in range(2):
        await worker.apply(session, page)
        found = await stored_facts.find(session, known)
        assert found is not None
        assert (found.version, found.school_level, found.region) == (3, "LICENCE", None)
        of_unknown = await stored_facts.find(session, unknown)
        assert of_unknown is not None
        assert (of_unknown.birth, of_unknown.birth_precision) == (BirthInterval(), Precision.UNKNOWN)


def set_environment(monkeypatch: pytest.MonkeyPatch, store: Store, **more: str) -> None:
    said = {
        "INDIMAJ_ENVIRONMENT": "test",
        "INDIMAJ_TRAINING_DATABASE_URL": store.url,
        "INDIMAJ_IDENTIFIER_HASH_KEY": HASH_KEY,
        "INDIMAJ_PSEUDONYM_KEY": PSEUDONYM_KEY,
        "INDIMAJ_AUDIT_KEY": "44" * 32,
        "INDIMAJ_GATEWAY_URL": "http://127.0.0.1:9",
        **more,
    }
    for name, value in said.items():
        monkeypatch.setenv(name, value)


async def test_the_worker_goes_on_without_a_gateway_and_ends_when_told(
    monkeypatch: pytest.MonkeyPatch, training_database: Store
) -> None:
    credentials = {"INDIMAJ_TRAINING_CLIENT_ID": "training-worker", "INDIMAJ_TRAINING_CLIENT_SECRET": "secret"}
    set_environment(monkeypatch, training_database, **credentials)
    stopping = asyncio.Event()
    working = asyncio.create_task(worker.work(stopping))
    await asyncio.sleep(1.0)
    assert not working.done()
    stopping.set()
    await asyncio.wait_for(working, 15)


async def test_the_worker_does_not_start_without_credentials(
    monkeypatch: pytest.MonkeyPatch, training_database: Store
) -> None:
    set_environment(monkeypatch, training_database)
    with pytest.raises(ValueError, match="INDIMAJ_TRAINING_CLIENT_ID"):
        await worker.work(asyncio.Event())
