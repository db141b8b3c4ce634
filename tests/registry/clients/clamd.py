"""A peer that speaks as clamd does, and lies, breaks off or is silent when told to."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

INFECTED = b"X5O!P%@AP"


@dataclass
class Daemon:
    """Takes a stream and gives a verdict.

    Attributes:
        answer: What it says whatever it sees; None for the truth.
        seen: What it was shown, one entry a stream.
    """

    answer: bytes | None = None
    seen: list[bytes] = field(default_factory=list)
    address: str = ""

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        assert await reader.readexactly(len(b"zINSTREAM\0")) == b"zINSTREAM\0"
        content = b""
        while size := int.from_bytes(await reader.readexactly(4), "big"):
            content += await reader.readexactly(size)
        self.seen.append(content)
        verdict = b"stream: Eicar-Test-Signature FOUND\0" if INFECTED in content else b"stream: OK\0"
        writer.write(verdict if self.answer is None else self.answer)
        await writer.drain()
        writer.close()


@asynccontextmanager
async def running(answer: bytes | None = None) -> AsyncIterator[Daemon]:
    """Yield a daemon that listens."""
    daemon = Daemon(answer)
    server = await asyncio.start_server(daemon.talk, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    daemon.address = f"127.0.0.1:{port}"
    async with server:
        yield daemon
