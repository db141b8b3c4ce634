"""Search keys of older rules are made anew, without a version of anybody."""

import pytest

from services.kit.database import Database
from services.registry.operations import renew_search_keys as module
from services.registry.operations.renew_search_keys import renew_search_keys
from services.registry.store import seeds
from services.registry.store.driver import driver
from tests.registry.builders import TODAY
from tests.registry.imports import fetched, file_of, run, simple_rows


async def test_old_keys_are_renewed_a_few_at_a_time(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "AT_ONCE", 2)
    await run(database, file_of(*simple_rows(5)))
    entries = (
        "SELECT person_id, array(SELECT unnest(keys) ORDER BY 1), birth_from, key_version FROM search_entry ORDER BY 1"
    )
    fresh = await fetched(database, entries)
    async with database.sessions.begin() as session:
        await (await driver(session)).execute(
            "UPDATE search_entry SET keys = '{}', birth_from = 1900, key_version = 1 WHERE birth_from = 1990"
        )
    assert [await renew_search_keys(database, seeds.spellings(), TODAY) for _ in range(4)] == [2, 2, 1, 0]
    assert await fetched(database, entries) == fresh
    assert await fetched(database, "SELECT DISTINCT version FROM person") == [(1,)]
