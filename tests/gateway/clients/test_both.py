"""What any client of a service must do, whichever stands behind the protocol."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from services.gateway.forwarding.clients.upstream import (
    Answer,
    Call,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from tests.gateway.clients.conftest import Open
from tests.gateway.peer import Asked, Peer, answer, nobody, running

GET = Call(b"GET", b"/v1/x")


async def whole(answer: Answer) -> bytes:
    """Read an answer to its end."""
    if answer.body is not None:
        return answer.body
    parts = [chunk async for chunk in answer.chunks()]
    await answer.release()
    return b"".join(parts)


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        await asyncio.sleep(0)
        yield part


async def test_a_request_goes_out_as_it_was_given(opened: Open) -> None:
    async with running() as peer, opened(peer.url) as client:
        call = Call(b"POST", b"/v1/x?a=%20b&c", [(b"accept", b"a/b"), (b"authorization", b"Bearer t")], b'{"a":1}')
        assert await whole(await client.send(call)) == b"{}"
    (asked,) = peer.asked
    assert (asked.method, asked.target, asked.body) == (b"POST", b"/v1/x?a=%20b&c", b'{"a":1}')
    assert asked.headers[b"host"] == peer.url.removeprefix("http://").encode()
    assert asked.headers[b"accept"] == b"a/b"
    assert asked.headers[b"authorization"] == b"Bearer t"
    assert asked.headers[b"content-length"] == b"7"
    assert b"accept-encoding" not in asked.headers


@pytest.mark.parametrize("method", [b"GET", b"PATCH", b"PUT", b"DELETE"])
async def test_every_method_passes(opened: Open, method: bytes) -> None:
    async with running() as peer, opened(peer.url) as client:
        assert (await client.send(Call(method, b"/v1/x"))).status == 200
    assert peer.asked[0].method == method


@pytest.mark.parametrize("status", [200, 201, 202, 301, 308, 400, 404, 409, 422, 500, 503])
async def test_every_status_comes_back_and_nothing_is_followed(opened: Open, status: int) -> None:
    async with (
        running(Peer(default=answer(status, b"body", ("location", "/v1/y")))) as peer,
        opened(peer.url) as client,
    ):
        found = await client.send(GET)
        assert (found.status, await whole(found)) == (status, b"body")
        assert (b"location", b"/v1/y") in [(name.lower(), value) for name, value in found.headers]
    assert len(peer.asked) == 1


@pytest.mark.parametrize(
    "head", [b"HTTP/1.1 204 No Content\r\n\r\n", b'HTTP/1.1 304 Not Modified\r\netag: "v1"\r\n\r\n']
)
async def test_an_answer_without_a_body_leaves_the_connection_good(opened: Open, head: bytes) -> None:
    async with running(Peer(default=head)) as peer, opened(peer.url) as client:
        for _ in range(3):
            assert await whole(await client.send(GET)) == b""
    assert peer.connections == 1


async def test_a_head_request_has_an_answer_without_the_body_it_announces(opened: Open) -> None:
    head = b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n"
    async with running(Peer(default=head)) as peer, opened(peer.url) as client:
        for _ in range(3):
            found = await client.send(Call(b"HEAD", b"/v1/x"))
            assert (found.status, await whole(found)) == (200, b"")
            assert (b"content-length", b"1000") in found.headers
    assert peer.connections == 1


async def test_a_chunked_answer_is_put_together(opened: Open) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b"6;x=y\r\n world\r\n0\r\ntrailer: dropped\r\n\r\n")

    async with running(Peer(script=script)) as peer, opened(peer.url) as client:
        for _ in range(2):
            found = await client.send(GET)
            assert await whole(found) == b"hello world"
            assert b"trailer" not in dict(found.headers)
    assert peer.connections == 1


async def test_an_answer_may_run_to_the_end_of_the_connection(opened: Open) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\nto the")
        await writer.drain()
        await asyncio.sleep(0.02)
        writer.write(b" end")
        await writer.drain()
        writer.close()

    async with running(Peer(script=script)) as peer, opened(peer.url) as client:
        assert await whole(await client.send(GET)) == b"to the end"
        assert await whole(await client.send(GET)) == b"to the end"


async def test_a_large_answer_comes_as_it_is_read(opened: Open) -> None:
    body = bytes(range(256)) * 20_000
    async with running(Peer(default=answer(200, body))) as peer, opened(peer.url) as client:
        found = await client.send(GET)
        assert found.body is None
        await asyncio.sleep(0.05)
        assert await whole(found) == body
        assert await whole(await client.send(GET)) == body


@pytest.mark.parametrize("length", [11, None])
async def test_a_body_is_streamed_up_with_its_length_or_in_chunks(opened: Open, length: int | None) -> None:
    async with running() as peer, opened(peer.url) as client:
        for _ in range(2):
            call = Call(b"POST", b"/v1/x", body=chunks(b"hello ", b"", b"world"), length=length)
            assert await whole(await client.send(call)) == b"{}"
    assert [asked.body for asked in peer.asked] == [b"hello world"] * 2
    framing = peer.asked[0].headers
    assert framing.get(b"content-length") == (b"11" if length else None)
    assert framing.get(b"transfer-encoding") == (None if length else b"chunked")


async def test_nobody_there_is_unavailable(opened: Open) -> None:
    async with nobody() as port, opened(f"http://127.0.0.1:{port}") as client:
        with pytest.raises(UpstreamUnavailableError):
            await client.send(GET)


async def test_a_silent_service_is_given_up_on_at_its_deadline(opened: Open) -> None:
    async def script(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with running(Peer(script=script)) as peer, opened(peer.url) as client:
        with pytest.raises(UpstreamTimeoutError):
            await client.send(Call(b"GET", b"/v1/x", deadline_s=0.1))


async def test_silence_in_the_middle_of_a_body_ends_it(opened: Open) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await writer.drain()
        await asyncio.sleep(5)

    async with running(Peer(script=script)) as peer, opened(peer.url, body_idle_s=0.2) as client:
        found = await client.send(GET)
        with pytest.raises(UpstreamTimeoutError):
            await whole(found)
        await found.release()


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhel",
    ],
)
async def test_an_answer_that_ends_early_is_never_taken_for_whole(opened: Open, bytes_sent: bytes) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes_sent)
        await writer.drain()
        writer.close()

    async with running(Peer(script=script)) as peer, opened(peer.url) as client:
        with pytest.raises(UpstreamError):
            await whole(await client.send(GET))


@pytest.mark.parametrize(
    "bytes_sent",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 two hundred\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    ],
)
async def test_what_is_not_http_is_refused(opened: Open, bytes_sent: bytes) -> None:
    async def script(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(bytes_sent)

    async with running(Peer(script=script)) as peer, opened(peer.url) as client:
        with pytest.raises(UpstreamProtocolError):
            await client.send(GET)


async def test_a_connection_lost_while_idle_costs_a_safe_call_nothing(opened: Open) -> None:
    async with running() as peer, opened(peer.url) as client:
        await whole(await client.send(GET))
        peer.hang_up()
        await asyncio.sleep(0.05)
        assert await whole(await client.send(GET)) == b"{}"


@pytest.mark.parametrize("url", ["https://x:1", "http://", "x:80", "http://x/path"])
def test_only_plain_http_to_a_host_is_spoken(opened: Open, url: str) -> None:
    async def attempt() -> None:
        async with opened(url):
            pass

    with pytest.raises(ValueError, match="http://host:port"):
        asyncio.run(attempt())


async def test_a_call_can_be_given_up(opened: Open) -> None:
    async def script(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async with running(Peer(script=script)) as peer, opened(peer.url) as client:
        task = asyncio.ensure_future(client.send(GET))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
