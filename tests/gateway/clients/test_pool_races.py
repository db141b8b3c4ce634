"""Our own pool: calls given up at the worst moment, and connections that are no longer good."""

import asyncio
from collections.abc import Awaitable

import pytest

from services.gateway.forwarding.clients import pool as pool_module
from services.gateway.forwarding.clients.connection import Connection
from services.gateway.forwarding.clients.exchange import LostBeforeAnswerError
from services.gateway.forwarding.clients.upstream import Answer, UpstreamUnavailableError
from tests.gateway.clients.conftest import Open
from tests.gateway.clients.test_both import GET
from tests.gateway.peer import Asked, Peer, answer, running


async def after(call: Awaitable[Answer], victim: list["asyncio.Future[Answer]"]) -> None:
    """Give another call up in the very moment in which this one ends, whichever way."""
    try:
        await call
    except UpstreamUnavailableError:
        pass
    finally:
        victim[0].cancel()


@pytest.mark.parametrize("hangs_up", [False, True])
async def test_a_call_given_up_as_its_turn_comes_gives_its_turn_to_the_next(pool: Open, hangs_up: bool) -> None:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        if hangs_up and asked.connection == 1:
            writer.close()
        else:
            writer.write(answer())

    async with running(Peer(script=script)) as peer, pool(peer.url, connections=1) as client:
        victim: list[asyncio.Future[Answer]] = []
        first = asyncio.ensure_future(after(client.send(GET), victim))
        await asyncio.sleep(0)
        victim.append(asyncio.ensure_future(client.send(GET)))
        third = asyncio.ensure_future(client.send(GET))
        await first
        with pytest.raises(asyncio.CancelledError):
            await victim[0]
        assert (await asyncio.wait_for(third, 2)).status == 200
    assert peer.connections == (2 if hangs_up else 1)


async def test_a_connection_that_was_idle_for_long_is_not_used_again(
    pool: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running() as peer, pool(peer.url) as client:
        await client.send(GET)
        await client.send(GET)
        assert peer.connections == 1
        monkeypatch.setattr(pool_module, "KEEP_IDLE_S", 0.0)
        await client.send(GET)
        assert peer.connections == 2


async def test_a_connection_that_does_not_open_in_time_is_unavailable(pool: Open) -> None:
    async with running() as peer, pool(peer.url, connect_s=0.0) as client:
        with pytest.raises(UpstreamUnavailableError):
            await client.send(GET)


async def test_a_call_given_up_while_it_connects_leaves_its_place(pool: Open) -> None:
    async with running() as peer, pool(peer.url, connections=1) as client:
        call = asyncio.ensure_future(client.send(GET))
        await asyncio.sleep(0)
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
        assert (await client.send(GET)).status == 200
        await asyncio.sleep(0.05)  # the peer sees the half-made connection come and go


async def test_a_connection_that_never_opened_or_is_gone_carries_nothing() -> None:
    connection = Connection(asyncio.get_running_loop(), lambda _: None, lambda _: None)
    assert connection.closed
    exchange = connection.start(b"GET / HTTP/1.1\r\n\r\n", head_only=False, sent=True, idle_s=1.0)
    with pytest.raises(LostBeforeAnswerError):
        await exchange.head
    with pytest.raises(UpstreamUnavailableError):
        await connection.write(b"more")
    connection.close()
    exchange.ring()
