"""Our own pool: what it must do beyond the protocol."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.gateway.forwarding.clients.connection import HEAD_LIMIT, HIGH_WATER
from services.gateway.forwarding.clients.upstream import (
    Call,
    UpstreamBusyError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from services.gateway.forwarding.domain.errors import BodyTooLargeError, MalformedHeaderError
from tests.gateway.clients.conftest import Open
from tests.gateway.clients.test_both import GET, chunks, whole
from tests.gateway.peer import Asked, Peer, Script, answer, running


def raw(sent: bytes, *, then_close: bool = False) -> Script:
    """Return a script that sends bytes."""

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(sent)
        await writer.drain()
        if then_close:
            writer.close()

    return script


def once_then(first: Script, later: bytes = answer()) -> Script:
    """Return a script that plays once, and answers plainly afterwards."""
    played = False

    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal played
        if played:
            writer.write(later)
        else:
            played = True
            await first(asked, writer)

    return script


async def hang_up(_asked: Asked, writer: asyncio.StreamWriter) -> None:
    writer.close()


async def test_one_connection_serves_calls_one_after_another(pool: Open) -> None:
    async with running() as peer, pool(peer.url) as client:
        for _ in range(20):
            await whole(await client.send(GET))
    assert peer.connections == 1


async def test_calls_at_once_have_connections_of_their_own_up_to_the_limit(pool: Open) -> None:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.02)
        writer.write(answer(200, asked.target))

    async with running(Peer(script=script)) as peer, pool(peer.url, connections=4) as client:
        calls = [Call(b"GET", b"/v1/%d" % number) for number in range(40)]
        found = await asyncio.gather(*[client.send(call) for call in calls])
        assert [answer.body for answer in found] == [call.target for call in calls]
    assert peer.connections == 4


async def test_too_many_waiting_are_turned_away_at_once(pool: Open) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.1)
        writer.write(answer())

    async with running(Peer(script=script)) as peer, pool(peer.url, connections=1, waiting=2) as client:
        found = await asyncio.gather(*[client.send(GET) for _ in range(6)], return_exceptions=True)
    assert sum(isinstance(one, UpstreamBusyError) for one in found) == 3


async def test_waiting_for_a_connection_counts_towards_the_deadline(pool: Open) -> None:
    async def script(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with running(Peer(script=script)) as peer, pool(peer.url, connections=1) as client:
        calls = [client.send(Call(b"GET", b"/v1/x", deadline_s=0.15)) for _ in range(3)]
        found = await asyncio.gather(*calls, return_exceptions=True)
    assert [type(one) for one in found] == [UpstreamTimeoutError] * 3


async def test_a_failed_connection_lets_the_next_waiting_call_have_its_place(pool: Open) -> None:
    async with running(Peer(script=once_then(hang_up))) as peer, pool(peer.url, connections=1) as client:
        post = Call(b"POST", b"/v1/x", body=b"{}")
        found = await asyncio.gather(*[client.send(post) for _ in range(3)], return_exceptions=True)
    assert [isinstance(one, UpstreamUnavailableError) for one in found] == [True, False, False]


async def test_a_waiting_call_that_is_given_up_costs_nobody_a_connection(pool: Open) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.05)
        writer.write(answer())

    async with running(Peer(script=script)) as peer, pool(peer.url, connections=1) as client:
        first = asyncio.ensure_future(client.send(GET))
        second = asyncio.ensure_future(client.send(GET))
        third = asyncio.ensure_future(client.send(GET))
        await asyncio.sleep(0.02)
        second.cancel()
        assert (await first).status == (await third).status == 200
        with pytest.raises(asyncio.CancelledError):
            await second
    assert peer.connections == 1


async def test_only_safe_calls_are_sent_again_when_a_used_connection_is_lost(pool: Open) -> None:
    answered = 0

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        answered += 1
        if answered == 2:
            writer.close()
        else:
            writer.write(answer())

    for call, tries in ((GET, 3), (Call(b"POST", b"/v1/x", body=b"{}"), 2), (Call(b"DELETE", b"/v1/x"), 2)):
        answered = 0
        async with running(Peer(script=script)) as peer, pool(peer.url) as client:
            await client.send(GET)
            if tries == 3:
                assert (await client.send(call)).status == 200
            else:
                with pytest.raises(UpstreamUnavailableError):
                    await client.send(call)
        assert len(peer.asked) == tries


async def test_nothing_is_sent_twice_on_a_first_connection_or_after_the_answer_has_begun(pool: Open) -> None:
    async with running(Peer(script=hang_up)) as peer, pool(peer.url) as client:
        with pytest.raises(UpstreamUnavailableError):
            await client.send(GET)
    assert len(peer.asked) == 1
    begun = Peer(script=once_then(raw(answer()), b"HTTP/1.1 20"))
    async with running(begun) as peer, pool(peer.url) as client:
        await client.send(GET)
        call = asyncio.ensure_future(client.send(GET))
        await asyncio.sleep(0.05)
        peer.hang_up()
        with pytest.raises(UpstreamProtocolError):
            await call
    assert len(peer.asked) == 2


async def test_an_interim_answer_is_passed_over(pool: Open) -> None:
    sent = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\ncontent-length: 0\r\n\r\n" + answer(200, b"final")
    async with running(Peer(script=raw(sent))) as peer, pool(peer.url) as client:
        found = await client.send(GET)
        assert (found.status, found.body) == (200, b"final")
        assert b"link" not in dict(found.headers)


@pytest.mark.parametrize(
    "sent",
    [
        b"HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: x\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: " + b"a" * HEAD_LIMIT + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"x: abcdefgh\r\n" * 8000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nx: " + b"a" * (HEAD_LIMIT + 1),
    ],
)
async def test_upgrades_double_framing_and_huge_heads_are_refused(pool: Open, sent: bytes) -> None:
    async with running(Peer(script=raw(sent))) as peer, pool(peer.url) as client:
        with pytest.raises(UpstreamProtocolError):
            await client.send(Call(b"GET", b"/v1/x", deadline_s=2.0))


async def test_more_than_was_asked_for_costs_the_connection_and_not_the_answer(pool: Open) -> None:
    for surplus in (answer(200, b"nobody asked"), b"garbage"):
        async with running(Peer(script=raw(answer(200, b"mine") + surplus))) as peer, pool(peer.url) as client:
            for _ in range(2):
                assert (await client.send(GET)).body == b"mine"
        assert peer.connections == 2


async def test_a_body_on_a_head_request_costs_the_connection(pool: Open) -> None:
    async with running(Peer(script=raw(answer(200, b"body")))) as peer, pool(peer.url) as client:
        for _ in range(2):
            assert (await client.send(Call(b"HEAD", b"/v1/x"))).body == b""
    assert peer.connections == 2


async def test_words_on_an_idle_connection_close_it(pool: Open) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer())
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(answer(408, b"too slow"))

    async with running(Peer(script=script)) as peer, pool(peer.url) as client:
        assert (await client.send(GET)).status == 200
        await asyncio.sleep(0.06)
        assert (await client.send(GET)).status == 200
    assert peer.connections == 2


async def test_connection_close_is_honoured(pool: Open) -> None:
    async with running(Peer(default=answer(200, b"x", ("connection", "close")))) as peer, pool(peer.url) as client:
        for _ in range(2):
            await client.send(GET)
    assert peer.connections == 2


async def test_a_slow_reader_stops_the_sender(pool: Open) -> None:
    body = b"x" * (HIGH_WATER * 40)
    sent = 0

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(body))
        for start in range(0, len(body), HIGH_WATER):
            writer.write(body[start : start + HIGH_WATER])
            await writer.drain()
            sent += HIGH_WATER

    async with running(Peer(script=script)) as peer, pool(peer.url) as client:
        found = await client.send(GET)
        await asyncio.sleep(0.2)
        assert sent < len(body)
        assert await whole(found) == body
        assert (await client.send(GET)).status == 200
    assert peer.connections == 1


async def test_an_answer_let_go_of_costs_its_connection(pool: Open) -> None:
    body = b"x" * (HIGH_WATER * 20)
    async with running(Peer(default=answer(200, body))) as peer, pool(peer.url) as client:
        found = await client.send(GET)
        await found.release()
        await found.release()
        assert await whole(await client.send(GET)) == body
    assert peer.connections == 2


async def test_an_early_answer_ends_the_upload(pool: Open) -> None:
    stopped = asyncio.Event()

    async def endless() -> AsyncIterator[bytes]:
        try:
            while True:
                yield b"x" * 1000
                await asyncio.sleep(0.001)
        finally:
            stopped.set()

    peer = Peer(default=answer(413, b"too much"), read_body=False)
    async with running(peer), pool(peer.url) as client:
        found = await client.send(Call(b"POST", b"/v1/x", body=endless()))
        assert (found.status, await whole(found)) == (413, b"too much")
        await asyncio.wait_for(stopped.wait(), 2)


async def test_what_stops_a_body_reaches_the_caller_and_no_half_request_is_taken_for_whole(pool: Open) -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"half"
        raise BodyTooLargeError

    async with running() as peer, pool(peer.url) as client:
        for length in (None, 100):
            with pytest.raises(BodyTooLargeError):
                await client.send(Call(b"POST", b"/v1/x", body=broken(), length=length))
        assert (await client.send(GET)).status == 200
    assert [asked.method for asked in peer.asked] == [b"GET"]


@pytest.mark.parametrize("length", [3, 30])
async def test_a_body_that_lies_about_its_length_is_not_passed_on(pool: Open, length: int) -> None:
    async with running() as peer, pool(peer.url) as client:
        with pytest.raises(UpstreamProtocolError):
            await client.send(Call(b"POST", b"/v1/x", body=chunks(b"hel", b"lo"), length=length, deadline_s=2.0))


async def test_a_slow_service_holds_the_upload(pool: Open) -> None:
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(400):
            taken += 1
            yield b"x" * 65_536

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.3)
        writer.close()

    async with running(Peer(script=script, read_body=False)) as peer, pool(peer.url) as client:
        call = asyncio.ensure_future(client.send(Call(b"POST", b"/v1/x", body=body())))
        await asyncio.sleep(0.15)
        assert taken < 400
        with pytest.raises(UpstreamUnavailableError):
            await call


@pytest.mark.parametrize("call", [Call(b"GET", b"/a b"), Call(b"GET", b"/a", [(b"x", b"y\r\nz: 1")])])
async def test_no_second_request_can_be_smuggled_in(pool: Open, call: Call) -> None:
    async with running() as peer, pool(peer.url) as client:
        with pytest.raises(MalformedHeaderError):
            await client.send(call)
    assert peer.asked == []


async def test_a_closed_pool_refuses_and_lets_go(pool: Open) -> None:
    async def script(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with running(Peer(script=script)) as peer, pool(peer.url, connections=1) as client:
        calls = [asyncio.ensure_future(client.send(GET)) for _ in range(2)]
        await asyncio.sleep(0.05)
        await client.close()
        found = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(one, UpstreamUnavailableError) for one in found)
        with pytest.raises(UpstreamUnavailableError):
            await client.send(GET)


async def test_a_half_open_peer_is_given_up_on(pool: Open) -> None:
    """The connection stands, bytes are taken, and nobody is there: a machine whose cable was pulled."""

    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.transport.pause_reading()  # type: ignore[attr-defined]  # a transport that reads
        await asyncio.sleep(5)

    async with running(Peer(script=script)) as peer, pool(peer.url) as client:
        with pytest.raises(UpstreamTimeoutError):
            await client.send(Call(b"GET", b"/v1/x", deadline_s=0.1))
        assert peer.connections == 1
