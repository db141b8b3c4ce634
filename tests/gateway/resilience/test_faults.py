"""Slow, dead, half-open and lying services: nobody waits past the deadline, nothing is done twice, nothing is left."""

import asyncio

import pytest

from services.gateway.forwarding.domain.breaker import State
from tests.gateway.peer import answer, json_answer
from tests.gateway.resilience.conftest import COMPOSED_S, DEADLINE_S, LATE_S, MINIMUM, OPEN_S, Siege
from tests.support.fault_proxy import Fault

FAULTS = [
    (Fault.SLOW_FIRST_BYTE, 5.0, 0, {504}),
    (Fault.LATENCY, 5.0, 0, {504}),
    (Fault.DRIP, 0.05, 0, {504}),
    (Fault.BLACK_HOLE, 0, 0, {504}),
    (Fault.HALF_OPEN, 0, 0, {504}),
    (Fault.REFUSE, 0, 0, {503}),
    (Fault.RESET, 0, 0, {503}),
    (Fault.RESET, 0, 40, {502, 503}),
    (Fault.TRUNCATE, 0, 0, {502, 503}),
    (Fault.TRUNCATE, 0, 40, {502, 503}),
    (Fault.GARBAGE, 0, 0, {502}),
]
"""The fault, its seconds and bytes, and what callers are told while the breaker is still closed."""

EACH = pytest.mark.parametrize(
    ("fault", "seconds", "after", "told"), FAULTS, ids=[f"{fault}-{after}" for fault, _, after, _ in FAULTS]
)
BROKEN = {502, 503, 504}


@EACH
@pytest.mark.parametrize("warm", [False, True], ids=["cold", "warm"])
async def test_nobody_waits_past_the_deadline_and_the_service_comes_back_by_itself(
    siege: Siege, fault: Fault, seconds: float, after: int, told: set[int], warm: bool
) -> None:
    if warm:  # connections that were open when the fault began
        assert {status for status, _, _ in await siege.storm(4)} == {200}
    await siege.registry.set(fault, seconds=seconds, after=after)
    found = await siege.storm(MINIMUM - 1)
    assert {status for status, _, _ in found} <= told
    found += await siege.storm(8)
    found += await siege.storm(8)
    assert {status for status, _, _ in found} <= BROKEN
    assert max(took for _, took, _ in found) < DEADLINE_S + LATE_S
    assert siege.guard().breaker.opened >= 1

    await siege.registry.set(Fault.NONE)
    for _ in range(100):  # the pause has doubled with each probe that failed
        back = {status for status, _, _ in await siege.storm(3)}
        if back == {200}:
            break
        await asyncio.sleep(0.05)
    assert back == {200}
    assert siege.guard().breaker.state is State.CLOSED
    await siege.settled()


async def test_an_open_breaker_answers_at_once_and_leaves_the_service_in_peace(siege: Siege) -> None:
    await siege.registry.set(Fault.BLACK_HOLE)
    await siege.storm(MINIMUM)
    assert siege.guard().breaker.state is State.OPEN
    connections = siege.registry.connections
    found = await siege.storm(50)
    told = [response for status, _, response in found if status == 503]
    probes = len(found) - len(told)  # on a machine so busy that the pause is over before all fifty were sent
    assert probes <= 1
    assert {response.headers["retry-after"] for response in told} == {"1"}
    assert {response.json()["code"] for response in told} == {"service-unavailable"}
    assert siege.registry.connections <= connections + probes
    quickest = min([(await siege.get())[1] for _ in range(5)])
    assert quickest < DEADLINE_S / 4
    await asyncio.sleep(OPEN_S + 0.05)
    still = await siege.storm(10)  # one of them is the probe, and learns that nothing has changed
    assert sorted({status for status, _, _ in still}) == [503, 504]
    assert sum(status == 504 for status, _, _ in still) == 1


async def test_one_service_in_trouble_leaves_the_others_alone(siege: Siege) -> None:
    await siege.registry.set(Fault.HALF_OPEN)
    for _ in range(3):
        stuck, fine = await asyncio.gather(siege.storm(MINIMUM), siege.storm(10, "/v1/sessions"))
        assert {status for status, _, _ in stuck} <= {503, 504}
        assert {status for status, _, _ in fine} == {200}
        assert max(took for _, took, _ in fine) < LATE_S
    assert siege.guard("registry").breaker.state is State.OPEN
    assert siege.guard("training").breaker.opened == 0


async def test_the_overview_stays_honest(siege: Siege) -> None:
    house = siege.house
    person = "0199a1b2-0000-7000-8000-000000000001"
    house.registry.default = json_answer({"id": person})
    house.health.default = house.training.default = json_answer({"person_id": person})
    path = f"/v1/persons/{person}/overview"
    await siege.health.set(Fault.BLACK_HOLE)
    for status, took, response in [*await siege.storm(MINIMUM, path), await siege.get(path)]:
        assert status == 200
        parts = response.json()["parts"]
        assert {name: part["status"] for name, part in parts.items()} == {
            "registry": "ok", "coverage": "unavailable", "training": "ok",
        }  # fmt: skip
        assert parts["coverage"]["data"] is None
        assert took < COMPOSED_S + LATE_S
    assert siege.guard("health").breaker.opened >= 1  # what it learns from compositions counts too
    await siege.health.set(Fault.NONE)
    await asyncio.sleep(2 * OPEN_S + 0.1)
    _, _, response = await siege.get(path)
    assert response.json()["parts"]["coverage"]["status"] == "ok"


@EACH
async def test_a_change_is_never_sent_twice(
    siege: Siege, fault: Fault, seconds: float, after: int, told: set[int]
) -> None:
    headers = siege.headers | {"content-type": "application/json"}
    client = siege.house.client
    assert (await client.post("/v1/persons", content=b"{}", headers=headers)).status_code == 200
    await siege.registry.set(fault, seconds=seconds, after=after)
    for number in range(4):
        more = {"idempotency-key": f"key-{number}"} if number % 2 else {}
        response = await client.post("/v1/persons", content=b'{"n":%d}' % number, headers=headers | more)
        assert response.status_code in told
    bodies = [asked.body for asked in siege.house.registry.asked]
    assert len(bodies) == len(set(bodies))


async def test_reads_are_made_again_but_never_beyond_their_budget(siege: Siege) -> None:
    siege.house.registry.default = answer(503, b"{}", ("retry-after", "0"))
    for _ in range(10):
        await siege.storm(10)
    asked = len(siege.house.registry.asked)
    assert 103 <= asked <= 113


async def test_a_read_that_was_lost_is_made_again_and_the_caller_never_knows(siege: Siege) -> None:
    asked = 0

    async def script(_asked: object, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        asked += 1
        if asked == 1:
            writer.close()
        else:
            writer.write(answer())

    siege.house.registry.script = script
    assert (await siege.get())[0] == 200
    assert asked == 2


async def test_a_service_that_asks_for_a_long_pause_is_not_asked_again(siege: Siege) -> None:
    for pause in ("2", "120", "Wed, 21 Oct 2026 07:28:00 GMT"):
        siege.house.registry.default = answer(503, b"{}", ("retry-after", pause))
        status, took, response = await siege.get()
        assert (status, response.headers["retry-after"]) == (503, pause)
        assert took < 2
    siege.house.registry.default = answer(503, b"{}")
    await siege.get()
    assert len(siege.house.registry.asked) == 4


@pytest.mark.parametrize("policy", [{"upstream_concurrency": 2, "upstream_queue": 2, "upstream_queue_s": 0.1}])
async def test_a_full_house_turns_callers_away_at_once(siege: Siege) -> None:
    await siege.registry.set(Fault.SLOW_FIRST_BYTE, seconds=0.25)
    found = await siege.storm(10)
    assert sorted(status for status, _, _ in found) == [200, 200] + [503] * 8
    assert {response.headers.get("retry-after") for status, _, response in found if status == 503} == {"1"}
    assert siege.guard().breaker.opened == 0  # being busy is not being broken
    await siege.registry.set(Fault.NONE)
    assert {status for status, _, _ in await siege.storm(4)} == {200}
    await siege.settled()


async def test_nothing_is_left_behind(siege: Siege) -> None:
    before = len(asyncio.all_tasks())
    for fault, seconds, after, _ in FAULTS:
        await siege.registry.set(fault, seconds=seconds, after=after)
        await siege.storm(4)
        await siege.registry.set(Fault.NONE)
        await asyncio.sleep(OPEN_S)
    await siege.registry.set(Fault.REFUSE)  # cuts what is still open
    await siege.registry.set(Fault.NONE)
    await siege.settled()
    for _, upstream in siege.gateway.upstreams.values():
        await upstream.close()
    for _ in range(100):
        if siege.registry.open == 0 and len(asyncio.all_tasks()) <= before:
            break
        await asyncio.sleep(0.02)
    assert siege.registry.open == 0
    assert len(asyncio.all_tasks()) <= before
