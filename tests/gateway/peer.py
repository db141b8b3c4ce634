"""A peer of the gateway's that a test can make slow, dead, half-open or lying: raw bytes over a socket."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import orjson


@dataclass
class Asked:
    """One request as the peer got it."""

    method: bytes
    target: bytes
    headers: dict[bytes, bytes]
    body: bytes
    connection: int


Script = Callable[[Asked, asyncio.StreamWriter], Awaitable[None]]


def answer(status: int = 200, body: bytes = b"{}", *headers: tuple[str, str]) -> bytes:
    """Return a plain answer with its length."""
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", "content-type: application/json"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def json_answer(value: object, status: int = 200, *headers: tuple[str, str]) -> bytes:
    """Return a JSON answer."""
    return answer(status, orjson.dumps(value), *headers)


@dataclass
class Peer:
    """A small HTTP/1.1 server; what it answers is a script, or bytes by path.

    Attributes:
        answers: By path without its query; `default` else.
        script: Takes over where it is set.
        asked: Every request, in order.
        connections: How many were opened.
        arrived: Set by the first request.
        left: Set when a connection has ended.
    """

    port: int = 0
    answers: dict[bytes, bytes] = field(default_factory=dict)
    default: bytes = answer()
    script: Script | None = None
    asked: list[Asked] = field(default_factory=list)
    connections: int = 0
    read_body: bool = True
    writers: list[asyncio.StreamWriter] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def paths(self) -> Sequence[bytes]:
        return [asked.target.partition(b"?")[0] for asked in self.asked]

    def hang_up(self) -> None:
        for writer in self.writers:
            writer.close()
        self.writers.clear()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        self.writers.append(writer)
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                asked = await self._read(head, reader, number)
                self.asked.append(asked)
                self.arrived.set()
                if self.script is not None:
                    await self.script(asked, writer)
                else:
                    writer.write(self.answers.get(asked.target.partition(b"?")[0], self.default))
                if writer.is_closing():
                    return
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()
            self.left.set()

    async def _read(self, head: bytes, reader: asyncio.StreamReader, number: int) -> Asked:
        first, *lines = head[:-4].split(b"\r\n")
        method, target, _ = first.split(b" ")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
        body = b""
        if self.read_body and b"content-length" in headers:
            body = await reader.readexactly(int(headers[b"content-length"]))
        elif self.read_body and headers.get(b"transfer-encoding") == b"chunked":
            while size := int((await reader.readline()).strip(), 16):
                body += await reader.readexactly(size)
                await reader.readexactly(2)
            await reader.readexactly(2)
        return Asked(method, target, headers, body, number)


@asynccontextmanager
async def running(peer: Peer | None = None) -> AsyncIterator[Peer]:
    """Run a peer for the length of a `with` block."""
    peer = peer or Peer()
    server = await asyncio.start_server(peer.serve, "127.0.0.1", peer.port)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        await asyncio.sleep(0.01)  # a connection that is just being taken is seen through, and ended too
        server.close()
        peer.hang_up()


@asynccontextmanager
async def nobody() -> AsyncIterator[int]:
    """Yield a port on which nobody listens."""
    server = await asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()
    yield port
