"""Facts that are withheld are not found, and a newer version says anew from whom."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.operations.record_facts import record_facts
from services.health.coverage.store import facts as stored
from services.health.coverage.store import verification
from services.kit.database import Database
from services.kit.withholding import NOTHING, Closed, Viewer, Withheld
from tests.health.builders import NOW, facts

HIM = uuid4()
DESK = Viewer("hospital", "desk", "HEALTH_COVERAGE")


def acting_for(person: UUID) -> Viewer:
    return Viewer("helpers", "app", "HEALTH_COVERAGE", str(person))


async def known(session: AsyncSession, person: UUID, *viewers: Viewer | None) -> list[bool]:
    return [await stored.find(session, person, viewer=viewer) is not None for viewer in viewers]


async def test_the_newest_version_says_from_whom_she_is_kept(session: AsyncSession) -> None:
    her = facts()
    closed = Withheld(callers=(Closed("hospital"),))
    await record_facts(session, her, at=NOW, withheld=closed)
    assert await known(session, her.person_id, DESK, None) == [False, True]
    await record_facts(session, facts(version=her.version + 1), at=NOW, withheld=NOTHING)
    await record_facts(session, her, at=NOW, withheld=closed)
    assert await known(session, her.person_id, DESK) == [True]


async def test_who_acts_for_somebody_finds_her_and_hers_alone(session: AsyncSession) -> None:
    her = facts()
    sees = Withheld(sees=frozenset({str(her.person_id)}))
    as_him, as_her = acting_for(HIM), acting_for(her.person_id)
    await record_facts(session, her, at=NOW)
    assert await known(session, her.person_id, as_her, as_him) == [True, False]
    await record_facts(session, facts(person_id=HIM, identifiers=()), at=NOW, withheld=sees)
    assert await known(session, her.person_id, as_him) == [True]
    barred = Withheld(persons=frozenset({str(HIM)}))
    await record_facts(session, facts(version=her.version + 1), at=NOW, withheld=barred)
    assert await known(session, her.person_id, as_her, as_him) == [True, False]
    assert await known(session, uuid4(), as_her, None) == [False, False]


async def test_at_the_desk_her_number_is_nobodys_to_whom_she_is_kept_from(database: Database) -> None:
    her = facts()
    async with database.sessions.begin() as session:
        await record_facts(session, her, at=NOW, withheld=Withheld(callers=(Closed("hospital"),)))
    pool, number = await database.pool(), her.identifiers[0]
    asked = {"system": number.system, "hash": number.hash}
    found = [
        (await verification.find(pool, viewer=viewer, **asked)).persons
        for viewer in (DESK, Viewer("clinic", "desk"), acting_for(her.person_id), acting_for(HIM))
    ]
    assert found == [frozenset(), frozenset({her.person_id}), frozenset({her.person_id}), frozenset()]
