"""More callers than the gateway takes on: everybody gets an answer in time, and other services are not drawn in."""

import asyncio
import tracemalloc
from dataclasses import dataclass
from typing import Any

from services.gateway.forwarding.clients.guarded import Guarded
from services.gateway.forwarding.clients.pool import Pool
from services.gateway.forwarding.domain.load import Load
from tests.gateway.conftest import House
from tests.gateway.limits.conftest import set_numbers
from tests.gateway.peer import Asked, answer

CALLERS = 2000
DEADLINE_S = 1.0
GENEROUS = (1_000_000_000, 60, 1_000_000)


@dataclass
class Seen:
    """What one caller saw."""

    status: int
    headers: dict[bytes, bytes]
    seconds: float


async def call(house: House, path: str, headers: dict[str, str], *, method: str = "GET", body: Any = None) -> Seen:
    """Call the gateway as its server would, which costs the test less than a client of its own."""
    loop = asyncio.get_running_loop()
    began, seen = loop.time(), Seen(0, {}, 0.0)
    gone = asyncio.Event()

    async def receive() -> dict[str, Any]:
        if body is None:
            await gone.wait()
        return dict(body.pop(0)) if body else await _never()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.start":
            seen.status, seen.headers = message["status"], dict(message["headers"])
            seen.seconds = loop.time() - began

    lines = [(name.encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": method, "path": path, "raw_path": path.encode(), "query_string": b""}
    await house.gateway({**scope, "headers": lines, "client": ("127.0.0.1", 1)}, receive, send)
    gone.set()
    return seen


async def _never() -> dict[str, Any]:
    await asyncio.Event().wait()
    return {}


def shorten(house: House) -> None:
    """Give the operations of the service that will be slow a deadline that a test can wait for."""
    for operation in house.gateway.table.operations:
        if operation.service == "registry":
            object.__setattr__(operation, "deadline_s", DEADLINE_S)


async def test_two_thousand_callers_of_a_slow_service_all_get_an_answer_in_time(house: House) -> None:
    await set_numbers(house, "integrator", "read", GENEROUS)
    headers = await house.headers()
    shorten(house)

    async def stuck(_asked: Asked, _writer: Any) -> None:
        await asyncio.sleep(60)

    house.registry.script = stuck
    for path in ("/v1/sessions", "/v1/open"):  # the token is known, and the pools are open
        await asyncio.wait([asyncio.create_task(call(house, path, headers))], timeout=2 * DEADLINE_S)
    guard = house.gateway.upstreams["registry"][1]
    assert isinstance(guard, Guarded)
    pool = guard.inner
    assert isinstance(pool, Pool)
    most, most_open, busy = 0, 0, 0.0
    loop = asyncio.get_running_loop()

    async def watch() -> None:
        """Look how many calls are under way, and how long the loop had no time to look: a machine's, not a peer's."""
        nonlocal most, most_open, busy
        while True:
            began = loop.time()
            await asyncio.sleep(0.01)
            busy += loop.time() - began - 0.01
            most, most_open = max(most, guard.running + guard.waiting), max(most_open, len(pool._open))

    tracemalloc.start()
    watching = asyncio.create_task(watch())
    crowd = [asyncio.create_task(call(house, f"/v1/persons/p{number}", headers)) for number in range(CALLERS)]
    others = []
    for _ in range(40):
        others.append(await call(house, "/v1/sessions", headers))
        await asyncio.sleep(0.01)
    seen = await asyncio.wait_for(asyncio.gather(*crowd), 30)
    watching.cancel()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert {one.status for one in seen} <= {503, 504}
    assert all(one.headers[b"retry-after"].isdigit() for one in seen if one.status == 503)
    assert sum(one.status == 503 for one in seen) > CALLERS / 2
    times = sorted(one.seconds for one in seen)
    assert times[int(CALLERS * 0.99)] < DEADLINE_S + 0.5 + busy
    assert most <= guard.policy.concurrency + guard.policy.queue
    assert most_open <= guard.policy.concurrency
    assert peak < 100 * 1024 * 1024
    assert {one.status for one in others} == {200}
    assert house.gateway.plane._load._calls == 0
    assert not any(house.gateway.plane._load._of_one.values())


async def test_more_calls_than_there_is_room_for_are_turned_away_at_once(house: House) -> None:
    headers = await house.headers()
    house.gateway.plane._load = Load(calls=20, of_one=10)
    release = asyncio.Event()

    async def wait(_asked: Asked, writer: Any) -> None:
        await release.wait()
        writer.write(answer())

    house.registry.script = wait
    crowd = [asyncio.create_task(call(house, "/v1/persons/abc", headers)) for _ in range(15)]
    done, waiting = await asyncio.wait(crowd, timeout=0.5)
    assert [task.result().status for task in done] == [503] * 5
    assert {task.result().headers[b"retry-after"] for task in done} == {b"1"}
    assert (await call(house, "/v1/sessions", headers)).status == 200
    release.set()
    assert [seen.status for seen in await asyncio.gather(*waiting)] == [200] * 10
    assert (await call(house, "/v1/persons/abc", headers)).status == 200


async def test_bodies_take_up_bounded_memory(house: House) -> None:
    headers = await house.headers()
    house.gateway.plane._load = Load(room=3000)
    slow = [{"type": "http.request", "body": b"{", "more_body": True}]
    big = headers | {"content-length": "1000"}
    crowd = [asyncio.create_task(call(house, "/v1/persons", big, method="POST", body=list(slow))) for _ in range(5)]
    done, waiting = await asyncio.wait(crowd, timeout=0.3)
    assert [task.result().status for task in done] == [503] * 2
    unknown = headers | {"transfer-encoding": "chunked"}  # may turn out to be as long as bodies can be
    whole = [{"type": "http.request", "body": b"{}", "more_body": False}]
    assert (await call(house, "/v1/persons", unknown, method="POST", body=list(whole))).status == 503
    assert (await call(house, "/v1/persons/abc", headers)).status == 200
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    ended = await call(house, "/v1/persons", headers | {"content-length": "2"}, method="POST", body=list(whole))
    assert ended.status == 200
