"""The shared buckets: SQL says what the domain says, and nobody gets more by asking at once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import asyncpg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.gateway.forwarding.domain import limits as domain
from services.gateway.forwarding.domain.limits import SECOND, Override, Policy
from services.gateway.forwarding.store import buckets, overrides
from services.kit.database import Database
from services.stack.stores import Store

NOW = 1_790_000_000 * SECOND
AT = datetime(2026, 11, 23, tzinfo=UTC)


@pytest.fixture
async def database(gateway_database: Store) -> AsyncIterator[Database]:
    """The gateway's database."""
    found = Database(gateway_database.url)
    yield found
    await found.close()


async def test_sql_takes_what_the_domain_takes(database: Database) -> None:
    pool = await database.pool()
    numbers = iter(range(10_000))

    async def same(policy: Policy, calls: list[tuple[int, int, int, int]]) -> None:
        subject, now, tat = f"client-{next(numbers)}", NOW, 0
        for pause, least, more, ahead in calls:
            now += pause
            known = tat + ahead if ahead > 0 else 0
            expected = domain.take(policy, max(tat, known), least=least, most=least + more, now=now)
            found = await buckets.take(pool, subject, policy, least=least, most=least + more, known=known, now=now)
            assert found == expected
            tat = found[1]

    loop = asyncio.get_running_loop()

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.builds(Policy, st.just("read"), st.integers(1, 500), st.integers(1, 600), st.integers(1, 60)),
        st.lists(
            st.tuples(
                st.integers(-SECOND, 5 * SECOND), st.integers(1, 20), st.integers(0, 40), st.integers(-(10**7), 10**7)
            ),
            max_size=8,
        ),
    )
    def check(policy: Policy, calls: list[tuple[int, int, int, int]]) -> None:
        asyncio.run_coroutine_threadsafe(same(policy, calls), loop).result(30)

    await asyncio.to_thread(check)


async def test_askers_at_once_get_the_burst_and_not_one_more(gateway_database: Store) -> None:
    policy = Policy("search", 60, 60, 25, strict=True)
    processes = [Database(gateway_database.url, pool_size=6) for _ in range(3)]
    pools = [await process.pool() for process in processes]

    async def ask(pool: asyncpg.Pool) -> int:
        taken, _ = await buckets.take(pool, "hospital", policy, least=1, most=1, known=0, now=NOW)
        return taken

    assert sum(await asyncio.gather(*(ask(pools[number % 3]) for number in range(120)))) == 25
    taken, tat = await buckets.take(pools[0], "hospital", policy, least=1, most=5, known=0, now=NOW + 2 * SECOND)
    assert (taken, tat) == (2, NOW + 27 * SECOND)
    assert await ask(pools[1]) == 0
    for process in processes:
        await process.close()


async def test_one_client_s_calls_leave_the_others_and_its_other_limits_alone(database: Database) -> None:
    pool = await database.pool()
    read, write = Policy("read", 60, 60, 2), Policy("write", 60, 60, 2)
    for _ in range(3):
        await buckets.take(pool, "a", read, least=1, most=2, known=0, now=NOW)
    for subject, policy in (("b", read), ("a", write)):
        assert (await buckets.take(pool, subject, policy, least=2, most=2, known=0, now=NOW))[0] == 2


async def test_buckets_that_are_whole_again_are_forgotten(database: Database) -> None:
    pool = await database.pool()
    policy = Policy("read", 60, 60, 10)
    await buckets.take(pool, "short", policy, least=1, most=1, known=0, now=NOW)
    await buckets.take(pool, "long", policy, least=10, most=10, known=0, now=NOW)
    await buckets.forget_whole(pool, now=NOW + 5 * SECOND)
    assert [row["subject"] for row in await pool.fetch("SELECT subject FROM limit_bucket")] == ["long"]


async def test_the_table_of_buckets_writes_no_log(database: Database) -> None:
    pool = await database.pool()
    kind = await pool.fetchval("SELECT relpersistence::text FROM pg_class WHERE relname = 'limit_bucket'")
    assert kind == "u"


async def test_an_override_is_stored_once_for_each_version(database: Database) -> None:
    first = Override("hospital", None, "search", 1, 100, 60, 50)
    async with database.sessions.begin() as session:
        assert await overrides.lock_override(session, "hospital", None, "search") is None
        assert await overrides.save_override(session, first, at=AT)
    async with database.sessions.begin() as session:
        assert not await overrides.save_override(session, first, at=AT)  # somebody else was quicker
        own = Override("hospital", "hospital", "search", 1, 7, 60, 5)
        assert await overrides.save_override(session, own, at=AT)
        back = Override("hospital", None, "search", 2, None, None, None)
        assert await overrides.save_override(session, back, at=AT)
        assert await overrides.lock_override(session, "hospital", None, "search") == back
        assert await overrides.lock_override(session, "hospital", "hospital", "search") == own
        assert {one.client_id for one in await overrides.of_organisation(session, "hospital")} == {None, "hospital"}
        assert await overrides.of_organisation(session, "ofppt") == []
    assert await overrides.in_force(await database.pool()) == [own]
