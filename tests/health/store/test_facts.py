"""Facts: the newest version wins, once, and the hashes go with it."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import text

from services.health.coverage.domain.facts import Household, Identifier
from services.health.coverage.operations.record_facts import record_facts
from services.health.coverage.store import facts as stored
from services.health.coverage.store import verification
from services.kit.database import Database
from services.kit.withholding import Viewer
from tests.health.builders import AWA, NOW, facts


async def record(database: Database, **changes: object) -> bool:
    async with database.sessions.begin() as session:
        return await record_facts(session, facts(**changes), at=NOW)


async def known_by(database: Database, hash: str) -> bool:  # noqa: A002  # the domain's word
    found = await verification.find(
        await database.pool(), system="PASSPORT", hash=hash, viewer=Viewer("hospital", "desk")
    )
    return AWA in found.persons


async def test_the_newest_version_wins_and_the_same_again_changes_nothing(database: Database) -> None:
    assert await record(database, version=2)
    assert not await record(database, version=2, residence=None)
    assert not await record(database, version=1, residence=None)
    assert await record(database, version=3, residence=None)
    async with database.sessions() as session:
        assert await stored.find(session, AWA) == facts(version=3, residence=None)


async def test_facts_come_back_as_they_were(database: Database) -> None:
    whole = facts(household=Household(AWA, "HEAD"), legal_statuses=())
    async with database.sessions.begin() as session:
        await record_facts(session, whole, at=NOW)
        assert await stored.find(session, AWA) == whole


async def test_a_number_given_up_no_longer_finds_the_person(database: Database) -> None:
    old, new = Identifier("PASSPORT", "aa" * 32), Identifier("PASSPORT", "bb" * 32)
    await record(database, version=1, identifiers=(old, old))
    assert await known_by(database, old.hash)
    await record(database, version=2, identifiers=(new,))
    assert not await known_by(database, old.hash)
    assert await known_by(database, new.hash)
    await record(database, version=3, identifiers=())
    assert not await known_by(database, new.hash)


@pytest.mark.parametrize("seed", range(3))
async def test_versions_that_race_leave_the_newest(database: Database, seed: int) -> None:
    versions = sorted([*range(1, 21), *range(1, 21)], key=lambda version: version * (7 + 4 * seed) % 23)
    await asyncio.gather(
        *(
            record(database, version=version, identifiers=(Identifier("PASSPORT", f"{version:064x}"),))
            for version in versions
        )
    )
    async with database.sessions() as session:
        newest = await stored.find(session, AWA)
        hashes = (await session.scalars(text("SELECT hash FROM person_identifier"))).all()
    assert newest == replace(facts(), version=20, identifiers=(Identifier("PASSPORT", f"{20:064x}"),))
    assert hashes == [f"{20:064x}"]
