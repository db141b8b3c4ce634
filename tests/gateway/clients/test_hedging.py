"""Asking twice: the first answer counts, changes are never asked for twice, and nothing is left under way."""

import asyncio

import pytest

from services.gateway.forwarding.clients.hedging import MOST, Hedged
from services.gateway.forwarding.clients.pool import Pool
from services.gateway.forwarding.clients.upstream import Answer, Call, UpstreamTimeoutError, UpstreamUnavailableError
from tests.gateway.peer import Asked, Peer, answer, nobody, running

GET = Call(b"GET", b"/v1/x", deadline_s=1.0)


async def first_never(asked: Asked, writer: asyncio.StreamWriter) -> None:
    """Answer on every connection but the first."""
    if asked.connection > 1:
        writer.write(answer())


async def late(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(0.15)
    writer.write(answer())


async def test_a_late_read_is_asked_for_again_and_the_first_answer_counts() -> None:
    async with running(Peer(script=first_never)) as peer:
        hedged = Hedged(Pool(peer.url), 0.05)
        assert (await hedged.send(GET)).status == 200
        assert len(peer.asked) == 2
        await hedged.close()


async def test_an_answer_in_time_is_asked_for_once_and_a_change_always() -> None:
    async with running() as peer:
        hedged = Hedged(Pool(peer.url), 0.2)
        assert (await hedged.send(GET)).status == 200
        peer.script = late
        hedged._after_s = 0.01
        assert (await hedged.send(Call(b"POST", b"/v1/x", body=b"{}"))).status == 200
        assert len(peer.asked) == 2
        await hedged.close()


async def test_both_answers_may_come_and_none_is_left_over() -> None:
    before = asyncio.all_tasks()
    async with running(Peer(script=late)) as peer:
        hedged = Hedged(Pool(peer.url), 0.14)
        for _ in range(3):
            assert (await hedged.send(GET)).status == 200
        await hedged.close()
    await asyncio.sleep(0.3)
    assert asyncio.all_tasks() == before


async def test_of_two_answers_at_once_one_is_let_go_of() -> None:
    unfinished = answer(200, b"x" * 200_000)[:100_000]
    async with running(Peer(default=unfinished)) as peer:
        pool, begun = Pool(peer.url), asyncio.Event()

        class Together:
            """A service both of whose answers come in the same moment."""

            async def send(self, call: Call) -> Answer:
                found = await pool.send(call)
                await begun.wait()
                return found

            async def close(self) -> None:
                await pool.close()

        hedged = Hedged(Together(), 0.02)
        asking = asyncio.create_task(hedged.send(GET))
        await asyncio.sleep(0.2)
        begun.set()
        first = await asking
        await asyncio.sleep(0.05)
        assert len(pool._open) == 1  # the other's connection was dropped with its answer
        await first.release()
        await hedged.close()


async def test_where_no_answer_comes_the_last_error_is_told() -> None:
    async with nobody() as port:
        hedged = Hedged(Pool(f"http://127.0.0.1:{port}"), 0.05)
        with pytest.raises(UpstreamUnavailableError):
            await hedged.send(GET)
        await hedged.close()


async def test_second_questions_are_few_however_slow_a_service_is() -> None:
    async def never(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        """Say nothing."""

    async with running(Peer(script=never)) as peer:
        hedged = Hedged(Pool(peer.url), 0.02)
        call = Call(b"GET", b"/v1/x", deadline_s=0.15)
        errors = await asyncio.gather(*(hedged.send(call) for _ in range(30)), return_exceptions=True)
        assert {type(error) for error in errors} == {UpstreamTimeoutError}
        assert len(peer.asked) == 30 + MOST.floor
        await hedged.close()
