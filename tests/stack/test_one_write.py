"""An answer is one write, and everything else is as uvicorn has it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn

from services.stack.one_write import HELD_LIMIT, JoiningTransport, OneWriteProtocol

Send = Callable[[dict[str, Any]], Awaitable[None]]
App = Callable[[Any, Any, Send], Awaitable[None]]
GET = b"GET / HTTP/1.1\r\nhost: x\r\n\r\n"


class Inner:
    """A transport that keeps what is written."""

    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return name


@asynccontextmanager
async def serving(app: App) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """Serve an application; yield a connection to it."""
    config = uvicorn.Config(
        app, port=0, log_level="critical", lifespan="off", ws="none", http=OneWriteProtocol, date_header=False
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110  # uvicorn has no event for it
        await asyncio.sleep(0.01)
    reader, writer = await asyncio.open_connection("127.0.0.1", server.servers[0].sockets[0].getsockname()[1])
    try:
        yield reader, writer
    finally:
        writer.close()
        server.should_exit = True
        await task


async def answer(send: Send, *chunks: bytes, length: int | None = None) -> None:
    headers = [] if length is None else [(b"content-length", b"%d" % length)]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    for chunk in chunks:
        await send({"type": "http.response.body", "body": chunk, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def test_what_is_written_in_one_turn_of_the_loop_is_one_write() -> None:
    inner = Inner()
    transport = JoiningTransport(inner, asyncio.get_running_loop())  # type: ignore[arg-type]  # all of it that is used
    for part in (b"head", b"body", b""):
        transport.write(part)
    assert inner.written == []
    await asyncio.sleep(0)
    assert inner.written == [b"headbody"]
    transport.write(b"more")
    transport.close()
    assert (inner.written, inner.closed) == ([b"headbody", b"more"], True)
    transport.write(b"too late")
    await asyncio.sleep(0)
    assert len(inner.written) == 2
    assert transport.get_extra_info("peername") == "peername"


async def test_much_is_written_at_once_and_in_order() -> None:
    inner = Inner()
    transport = JoiningTransport(inner, asyncio.get_running_loop())  # type: ignore[arg-type]  # all of it that is used
    parts = [bytes([number]) * 1000 for number in range(200)]
    for part in parts:
        transport.write(part)
        assert transport._size <= HELD_LIMIT
    await asyncio.sleep(0)
    assert b"".join(inner.written) == b"".join(parts)
    assert len(inner.written) == 4


async def test_answers_come_whole_one_after_the_other_on_one_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    writes: list[bytes] = []
    flush = JoiningTransport._flush

    def counted(self: JoiningTransport) -> None:
        if self._held:
            writes.append(b"".join(self._held))
        flush(self)

    monkeypatch.setattr(JoiningTransport, "_flush", counted)

    async def app(scope: Any, _receive: Any, send: Send) -> None:
        await answer(send, scope["path"].encode(), length=len(scope["path"]))

    async with serving(app) as (reader, writer):
        for path in (b"/first", b"/second"):
            writer.write(GET.replace(b"/ ", path + b" "))
            assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200")
            assert await reader.readexactly(len(path)) == path
        writer.write(GET + GET.replace(b"host: x", b"host: x\r\nconnection: close"))  # two at once, then the end
        found = await reader.read(-1)
    assert found.count(b"HTTP/1.1 200") == 2
    assert found.endswith(b"/")
    assert all(write.startswith(b"HTTP/1.1") for write in writes)


async def test_a_slow_reader_holds_the_application_up_as_before() -> None:
    sent = 0

    async def app(_scope: Any, _receive: Any, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(1000):
            await send({"type": "http.response.body", "body": b"x" * 50_000, "more_body": True})
            sent += 1
        await send({"type": "http.response.body", "body": b""})

    async with serving(app) as (reader, writer):
        writer.write(GET.replace(b"host: x", b"host: x\r\nconnection: close"))
        await asyncio.sleep(0.3)
        assert 0 < sent < 500
        size = 0
        while part := await reader.read(1 << 20):
            size += len(part)
    assert sent == 1000
    assert size > 50_000_000


async def test_a_stream_is_passed_on_while_it_goes_on_and_a_lost_reader_ends_it() -> None:
    gone = asyncio.Event()

    async def app(_scope: Any, receive: Any, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"first", "more_body": True})
        while (await receive())["type"] != "http.disconnect":
            pass
        await send({"type": "http.response.body", "body": b"nobody reads this", "more_body": True})
        gone.set()

    async with serving(app) as (reader, writer):
        writer.write(GET)
        await asyncio.wait_for(reader.readuntil(b"first"), 2)
        writer.close()
        await asyncio.wait_for(gone.wait(), 2)
