"""What a process leases ahead, and how it goes on when the shared buckets cannot be asked."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import asyncpg
import pytest

from services.gateway.assembly import limits as assembly
from services.gateway.forwarding.api import limits as module
from services.gateway.forwarding.api.limits import Limits, classified
from services.gateway.forwarding.domain.errors import LimitedError
from services.gateway.forwarding.domain.limits import SECOND, LimitClass, Override, Policy
from services.gateway.forwarding.domain.operations import Operation
from services.gateway.forwarding.reference.limits import class_named, classes
from services.kit.database import Database
from services.stack.stores import Store
from tests.gateway.peer import nobody

AT = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
BURST = 200
READ = LimitClass("read", "", (Policy("read", 600, 60, BURST),))
STRICT = LimitClass("search", "", (Policy("search", 600, 60, BURST, strict=True),))


@dataclass
class Process:
    """One process's limits on a database, and how often it asked."""

    limits: Limits
    asked: int = 0

    async def calls(self, limited: LimitClass, number: int, at: datetime = AT, cost: int = 1) -> int:
        """Make calls one after the other; return how many passed."""
        passed = 0
        for _ in range(number):
            try:
                await self.limits.count(limited, "hospital", at, cost=cost)
            except LimitedError:
                continue
            passed += 1
        return passed


def process_on(database: Database, operations: Sequence[Operation] = ()) -> Process:
    """Return a process; what it does is the assembly's, counted."""

    async def take(*arguments: Any, **numbers: Any) -> tuple[int, int]:
        process.asked += 1
        return await assembly._take(database, *arguments, **numbers)

    process = Process(
        Limits(
            take=take,
            overrides=partial(assembly._overrides, database),
            sweep=partial(assembly._sweep, database),
            operations=operations,
        )
    )
    return process


@pytest.fixture
async def database(gateway_database: Store) -> AsyncIterator[Database]:
    """The gateway's database."""
    found = Database(gateway_database.url)
    yield found
    await found.close()


async def test_the_common_case_asks_the_database_hardly_ever(database: Database) -> None:
    process = process_on(database)
    assert await process.calls(READ, 150) == 150
    await asyncio.sleep(0.05)
    assert process.asked <= 150 // (BURST // 20 // 2) + 2
    assert await process.calls(READ, 100) == 50
    await process.limits.close()


async def test_a_call_waits_for_a_lease_that_is_just_being_renewed(database: Database) -> None:
    process = process_on(database)
    results = await asyncio.gather(*(process.calls(READ, 1) for _ in range(BURST + 40)))
    assert sum(results) == BURST
    await process.limits.close()


async def test_a_strict_limit_is_exact_over_processes_and_refuses_without_asking(gateway_database: Store) -> None:
    databases = [Database(gateway_database.url) for _ in range(3)]
    processes = [process_on(one) for one in databases]
    passed = await asyncio.gather(*(process.calls(STRICT, 100) for process in processes))
    assert sum(passed) == BURST
    asked = sum(process.asked for process in processes)
    assert asked <= BURST + 3
    for process in processes:
        assert await process.calls(STRICT, 20) == 0
    assert sum(process.asked for process in processes) == asked
    for one in databases:
        await one.close()


async def test_processes_together_pass_a_limit_by_no_more_than_they_hold_ahead(gateway_database: Store) -> None:
    databases = [Database(gateway_database.url) for _ in range(4)]
    processes = [process_on(one) for one in databases]
    ahead = READ.policies[0].ahead
    passed = sum(await asyncio.gather(*(process.calls(READ, 150) for process in processes)))
    await asyncio.gather(*(process.limits.close() for process in processes))
    assert BURST - 4 * ahead <= passed <= BURST
    later = AT + timedelta(seconds=5)
    more = sum(await asyncio.gather(*(process.calls(READ, 150, later) for process in processes)))
    await asyncio.gather(*(process.limits.close() for process in processes))
    assert passed + more <= BURST + 50
    assert passed + more >= BURST + 50 - 4 * ahead
    for one in databases:
        await one.close()


async def test_while_the_database_is_away_each_process_counts_by_itself() -> None:
    async with nobody() as port:
        away = Database(f"postgresql://x:y@127.0.0.1:{port}/z")
        process = process_on(away)
        assert await process.calls(READ, BURST + 30) == BURST
        assert await process.calls(READ, 30, AT + timedelta(seconds=1)) == 10
        assert await process.calls(STRICT, BURST + 30, AT + timedelta(seconds=1)) == BURST
        assert process.asked <= 3  # once a second at most
        await process.limits.close()
        await away.close()


async def test_a_database_that_does_not_answer_holds_no_call_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "PATIENCE_S", 0.05)

    over = asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await over.wait()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    stuck = Database(f"postgresql://x:y@127.0.0.1:{server.sockets[0].getsockname()[1]}/z")
    process = process_on(stuck)
    async with asyncio.timeout(2):
        assert await process.calls(STRICT, 20) == 20
    await process.limits.close()
    await stuck.close()
    over.set()
    await asyncio.sleep(0.05)
    server.close()


async def test_what_was_spent_meanwhile_counts_once_the_table_is_there_again(
    gateway_database: Store, database: Database
) -> None:
    process = process_on(database)
    owner = await asyncpg.connect(gateway_database.owner_url)
    assert await process.calls(STRICT, 50) == 50
    await owner.execute("ALTER TABLE limit_bucket RENAME TO away")
    assert await process.calls(STRICT, 100, AT + timedelta(seconds=1)) == 100
    await owner.execute("ALTER TABLE away RENAME TO limit_bucket")
    await owner.execute("TRUNCATE limit_bucket")  # what a crash of the server does to it
    after = AT + timedelta(seconds=3)
    assert await process.calls(STRICT, BURST, after) == BURST - 150 + 30
    assert await owner.fetchval("SELECT tat FROM limit_bucket") == int(after.timestamp() * SECOND) + 20 * SECOND
    await owner.close()


async def test_what_one_limit_refuses_costs_nothing_of_the_others(database: Database) -> None:
    twice = LimitClass("search", "", (*STRICT.policies, Policy("search-day", 2, 60, 2, strict=True)))
    process = process_on(database)
    assert await process.calls(twice, 30) == 2
    with pytest.raises(LimitedError) as refused:
        await process.limits.count(twice, "hospital", AT)
    assert refused.value.lines[1] == (b"ratelimit", b'"search";r=198;t=1, "search-day";r=0;t=60')


async def test_overrides_are_read_again_now_and_then_and_kept_while_they_cannot_be(
    gateway_database: Store, database: Database
) -> None:
    operation = Operation("registry", "read_person", "GET", "/v1/persons/{id}", (frozenset({"persons:read"}),))
    process = process_on(database, [operation])
    hospital = Override("hospital", None, "read", 1, 60, 60, 5)

    @dataclass
    class Caller:
        client_id: str = "desk"
        organisation: str = "hospital"

    async def policy(seconds: float) -> bytes:
        lines = await process.limits.charge(Caller(), operation, AT + timedelta(seconds=seconds))
        await asyncio.sleep(0.05)  # what is read beside the call
        return lines[0][1]

    default = class_named("read").policies[0]
    assert await policy(0) == default.described
    owner = await asyncpg.connect(gateway_database.owner_url)
    await owner.execute(
        "INSERT INTO limit_override (organisation, client_id, policy, version, units, window_s, burst) "
        "VALUES ('hospital', NULL, 'read', 1, 60, 60, 5), ('hospital', 'other', 'read', 1, 1, 1, 1)"
    )
    assert await policy(9) == default.described
    assert await policy(10) == default.described  # this call has it read
    assert await policy(11) == hospital.laid_over(default).described
    await owner.execute("ALTER TABLE limit_override RENAME TO gone")
    for seconds in (22, 23, 34):
        assert await policy(seconds) == hospital.laid_over(default).described
    assert process.limits.policy_for(default, "hospital", "other").units == 1
    assert process.limits.policy_for(default, "ofppt", "other") == default
    await owner.close()
    await process.limits.close()


async def test_whole_buckets_are_swept_now_and_then(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    process = process_on(database)
    pool = await database.pool()
    for number in range(3):
        await process.limits.count(STRICT, f"client-{number}", AT)
    assert await pool.fetchval("SELECT count(*) FROM limit_bucket") == 3
    await process.limits.count(STRICT, "client-0", AT + timedelta(seconds=700))
    await asyncio.sleep(0.1)
    assert await pool.fetchval("SELECT count(*) FROM limit_bucket") == 1

    async def fail(_now: int) -> None:
        raise OSError

    monkeypatch.setattr(process.limits, "_sweep", fail)
    await process.limits.count(STRICT, "client-0", AT + timedelta(seconds=1400))
    await asyncio.sleep(0.05)
    await process.limits.close()


async def test_a_process_remembers_a_bounded_number_of_subjects(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENTRIES", 10)
    process = process_on(database)
    for number in range(40):
        await process.limits.count(STRICT, f"client-{number}", AT)
    assert len(process.limits._accounts) == 10
    lines = await process.limits.count(STRICT, "client-0", AT)
    assert lines[1] == (b"ratelimit", b'"search";r=198;t=1')  # the shared bucket has not forgotten


def test_every_class_fits_and_every_operation_has_one() -> None:
    names = [policy.name for limited in classes() for policy in limited.policies]
    assert len(names) == len(set(names))
    for limited in classes():
        for policy in limited.policies:
            assert policy.burst >= max(limited.operations.values(), default=1)
    open_one = Operation("registry", "verify_certificate", "GET", "/verify/{token}")
    assert classified(open_one) == (class_named("open"), 1)
    assert classified(Operation("gateway", "issue_token", "POST", "/oauth2/token"))[0].name == "token"
    guarded = (frozenset({"partners:admin"}),)
    assert classified(Operation("gateway", "add_partner", "POST", "/v1/partners", guarded))[0].name == "admin"
    assert classified(Operation("gateway", "match_persons", "POST", "/v1/persons/match", guarded))[1] == 10
    for method, name in (("GET", "read"), ("DELETE", "write"), ("PATCH", "write")):
        assert classified(Operation("registry", "x", method, "/x", (frozenset(),)))[0].name == name
    with pytest.raises(ValueError, match="no class"):
        classified(Operation("registry", "x", "TRACE", "/x", (frozenset(),)))
