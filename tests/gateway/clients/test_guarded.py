"""The guard by itself, in front of our own pool and a peer: places, the queue, what is told, what is concluded."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services.gateway.forwarding.clients.guarded import Guarded, GuardPolicy
from services.gateway.forwarding.clients.pool import Pool
from services.gateway.forwarding.clients.upstream import (
    Answer,
    Call,
    UpstreamBusyError,
    UpstreamOpenError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from services.gateway.forwarding.domain.breaker import BreakerPolicy, State
from services.gateway.forwarding.domain.errors import MalformedHeaderError
from services.gateway.forwarding.domain.retries import RetryPolicy
from services.kit.deadlines import HOP_SHARE
from tests.gateway.peer import Asked, Peer, answer, nobody, running

BREAKER = BreakerPolicy(minimum=3, open_s=0.1)
LONG = b"x" * 200_000


def get(deadline_s: float = 5.0) -> Call:
    return Call(b"GET", b"/v1/x", deadline_s=deadline_s)


@asynccontextmanager
async def guarded(peer: Peer, **policy: Any) -> AsyncIterator[Guarded]:
    guard = Guarded(Pool(peer.url), GuardPolicy(breaker=BREAKER, **policy))
    try:
        yield guard
    finally:
        await guard.close()
        for _ in range(50):
            if not guard.running:
                break
            await asyncio.sleep(0.01)
        assert (guard.running, guard.waiting) == (0, 0)


class Gate:
    """A peer that answers only when it is told to."""

    def __init__(self, body: bytes = b"{}") -> None:
        self.open = asyncio.Event()
        self.body = body

    async def __call__(self, _asked: Asked, writer: asyncio.StreamWriter) -> None:
        await self.open.wait()
        writer.write(answer(200, self.body))


async def started(peer: Peer, calls: int) -> None:
    while len(peer.asked) < calls:  # noqa: ASYNC110  # the peer has no event for it
        await asyncio.sleep(0.005)


async def test_no_more_calls_are_under_way_than_agreed_and_no_more_wait() -> None:
    gate = Gate()
    async with running(Peer(script=gate)) as peer, guarded(peer, concurrency=2, queue=1) as guard:
        calls = [asyncio.create_task(guard.send(get())) for _ in range(3)]
        await started(peer, 2)
        assert (guard.running, guard.waiting) == (2, 1)
        with pytest.raises(UpstreamBusyError):
            await asyncio.wait_for(guard.send(get()), 0.1)
        assert len(peer.asked) == 2
        gate.open.set()
        assert {(await call).status for call in calls} == {200}
        assert len(peer.asked) == 3


async def test_waiting_for_a_place_has_its_own_end_and_the_deadline_is_the_other() -> None:
    async with running(Peer(script=Gate())) as peer, guarded(peer, concurrency=1, queue_s=0.05) as guard:
        first = asyncio.create_task(guard.send(get()))
        await started(peer, 1)
        with pytest.raises(UpstreamBusyError):
            await guard.send(get())
        with pytest.raises(UpstreamTimeoutError):
            await guard.send(get(0.02))
        assert (guard.running, guard.waiting) == (1, 0)
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)


async def test_a_caller_that_goes_while_waiting_leaves_her_turn_to_the_next() -> None:
    gate = Gate()
    async with running(Peer(script=gate)) as peer, guarded(peer, concurrency=1) as guard:
        calls = [asyncio.create_task(guard.send(get())) for _ in range(3)]
        await started(peer, 1)
        calls[1].cancel()
        gate.open.set()
        assert (await calls[0]).status == (await calls[2]).status == 200
        assert calls[1].cancelled()


async def test_a_caller_that_goes_in_the_moment_her_turn_comes_passes_it_on() -> None:
    gate = Gate()
    async with running(Peer(script=gate)) as peer, guarded(peer, concurrency=1) as guard:
        calls = [asyncio.create_task(guard.send(get())) for _ in range(3)]
        await started(peer, 1)
        guard._queue[0].add_done_callback(lambda _turn: calls[1].cancel())
        gate.open.set()
        assert (await calls[0]).status == (await calls[2]).status == 200
        assert calls[1].cancelled()


async def test_an_answer_holds_its_place_until_it_is_read_or_let_go_of() -> None:
    async with running(Peer(default=answer(200, LONG))) as peer, guarded(peer) as guard:
        read, left = await guard.send(get()), await guard.send(get())
        assert guard.running == 2
        assert b"".join([chunk async for chunk in read.chunks()]) == LONG
        assert guard.running == 1
        for one in (left, left, read):
            await one.release()
        assert guard.running == 0
        assert guard.breaker.seen(asyncio.get_running_loop().time()) == (2, 0)


async def test_an_answer_that_breaks_off_counts_against_the_service() -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(200, LONG)[:100_000])
        await writer.drain()
        writer.close()

    async with running(Peer(script=script)) as peer, guarded(peer) as guard:
        for _ in range(3):
            broken = await guard.send(get())
            with pytest.raises(UpstreamProtocolError):
                [chunk async for chunk in broken.chunks()]
            await broken.release()
        assert guard.breaker.state is State.OPEN


@pytest.mark.parametrize("body", [b"{}", LONG], ids=["whole", "streamed"])
@pytest.mark.parametrize(("status", "opens"), [(500, False), (502, True), (503, False), (504, True)])
async def test_some_answers_count_as_failures(status: int, opens: bool, body: bytes) -> None:
    async with running(Peer(default=answer(status, body))) as peer, guarded(peer) as guard:
        for _ in range(4):
            try:
                found: Answer = await guard.send(get())
            except UpstreamOpenError:
                break
            assert found.status == status
            await found.release()
        assert (guard.breaker.state is State.OPEN) is opens


async def test_who_waits_when_the_breaker_opens_is_turned_away() -> None:
    async with running(Peer(script=Gate())) as peer, guarded(peer, concurrency=3) as guard:
        calls = [asyncio.create_task(guard.send(get(0.1))) for _ in range(3)]
        await started(peer, 3)
        late = asyncio.create_task(guard.send(get()))
        with pytest.raises(UpstreamOpenError) as refused:
            await late
        assert refused.value.retry_after_s == 1
        assert {type(error) for error in await asyncio.gather(*calls, return_exceptions=True)} == {UpstreamTimeoutError}


async def test_of_those_whose_turn_comes_when_the_pause_is_over_one_is_the_probe() -> None:
    gate = Gate()
    async with running(Peer(script=gate)) as peer, guarded(peer, concurrency=1) as guard:
        slow = asyncio.create_task(guard.send(get()))
        await started(peer, 1)
        now = asyncio.get_running_loop().time()
        waiting = [asyncio.create_task(guard.send(get())) for _ in range(2)]
        await asyncio.sleep(0.01)
        guard.breaker._turn(State.OPEN, now)
        gate.open.set()
        assert (await slow).status == (await waiting[0]).status == 200
        gate.open.clear()
        assert guard.breaker.state is State.CLOSED
        gate.open.set()
        assert (await waiting[1]).status == 200


async def test_a_turn_that_comes_while_the_probe_is_under_way_is_refused() -> None:
    gate = Gate()
    async with running(Peer(script=gate)) as peer, guarded(peer, concurrency=2) as guard:
        calls = [asyncio.create_task(guard.send(get())) for _ in range(3)]
        await started(peer, 2)
        now = asyncio.get_running_loop().time()
        guard.breaker._turn(State.OPEN, now)
        assert guard.breaker.admit(now) is not None  # somebody else is the probe
        gate.open.set()
        await asyncio.gather(*calls[:2])
        with pytest.raises(UpstreamOpenError) as refused:
            await calls[2]
        assert refused.value.retry_after_s == 5


async def test_callers_that_hang_up_say_nothing_about_the_service() -> None:
    async with running(Peer(script=Gate())) as peer, guarded(peer) as guard:
        for _ in range(5):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(guard.send(get()), 0.02)
        assert guard.breaker.opened == 0


async def test_a_caller_that_hangs_up_because_the_time_is_over_does() -> None:
    async with running(Peer(script=Gate())) as peer, guarded(peer) as guard:
        for _ in range(3):
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(guard.send(get(0.05)), 0.05)
        assert guard.breaker.state is State.OPEN


async def test_what_is_wrong_with_a_call_itself_says_nothing_about_the_service() -> None:
    async def longer_than_it_said() -> AsyncIterator[bytes]:
        yield b"too long"

    async with running() as peer, guarded(peer) as guard:
        for _ in range(4):
            with pytest.raises(UpstreamProtocolError):
                await guard.send(Call(b"POST", b"/v1/x", body=longer_than_it_said(), length=2))
            with pytest.raises(MalformedHeaderError):
                await guard.send(Call(b"GET", b"/v1/x", [(b"accept", b"a\r\nb: c")]))
        assert guard.breaker.opened == 0


async def test_a_pool_that_is_busy_says_nothing_about_the_service() -> None:
    async with running(Peer(script=Gate())) as peer:
        guard = Guarded(Pool(peer.url, connections=1, waiting=0), GuardPolicy(breaker=BREAKER))
        first = asyncio.create_task(guard.send(get()))
        await started(peer, 1)
        for _ in range(4):
            with pytest.raises(UpstreamBusyError):
                await guard.send(get())
        assert guard.breaker.opened == 0
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await guard.close()


async def test_a_service_is_told_how_long_the_caller_waits_and_less_with_each_attempt() -> None:
    async with running(Peer(default=answer(503, b"{}", ("retry-after", "0")))) as peer:
        guard = Guarded(Pool(peer.url), GuardPolicy(retries=RetryPolicy(first_s=0.1)), chance=lambda: 1.0)
        await guard.send(Call(b"GET", b"/v1/x", [(b"accept", b"a/b")], deadline_s=2.0))
        await guard.close()
    told = [int(asked.headers[b"request-timeout-ms"]) for asked in peer.asked]
    assert len(told) == 3
    assert 1000 * HOP_SHARE < told[0] <= 2000 * HOP_SHARE
    assert told[1] <= told[0] - 90
    assert told[2] <= told[1] - 180
    assert {asked.headers[b"accept"] for asked in peer.asked} == {b"a/b"}


async def test_a_read_is_made_again_only_while_there_is_time_for_it() -> None:
    async with nobody() as port:
        guard = Guarded(
            Pool(f"http://127.0.0.1:{port}"), GuardPolicy(retries=RetryPolicy(first_s=0.2)), chance=lambda: 1.0
        )
        made = []
        for deadline_s in (0.3, 5.0):  # pauses of 0.2 s and 0.4 s fit into the second only
            with pytest.raises(UpstreamUnavailableError):
                await guard.send(get(deadline_s))
            made.append(guard.breaker.seen(asyncio.get_running_loop().time()))
        assert made == [(1, 1), (4, 4)]
        await guard.close()


async def test_closing_turns_away_who_waits() -> None:
    async with running(Peer(script=Gate())) as peer, guarded(peer, concurrency=1) as guard:
        calls = [asyncio.create_task(guard.send(get())) for _ in range(2)]
        await started(peer, 1)
        await guard.close()
        errors = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(error, UpstreamUnavailableError) for error in errors)
