"""A TCP proxy that stands between two programs and does to them what networks and dying machines do."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum


class Fault(StrEnum):
    """What the proxy does with what passes through it; it may be changed at any time, connections open already too."""

    NONE = "none"
    LATENCY = "latency"
    """Every piece of an answer comes `seconds` late."""
    SLOW_FIRST_BYTE = "slow_first_byte"
    """The first piece of an answer comes `seconds` late, the rest at once."""
    DRIP = "drip"
    """An answer comes a byte at a time, with `seconds` between them."""
    BLACK_HOLE = "black_hole"
    """Connections are taken, what comes is swallowed, and nothing is ever answered."""
    HALF_OPEN = "half_open"
    """The other end has vanished without a word: nothing is read, nothing sent, and nothing closed."""
    REFUSE = "refuse"
    """Nobody listens; connections that were open are cut."""
    RESET = "reset"
    """The connection is reset (RST) after `after` bytes of an answer."""
    TRUNCATE = "truncate"
    """The connection is closed in good order (FIN) after `after` bytes of an answer."""
    GARBAGE = "garbage"
    """What comes back are bytes that no protocol knows."""


_NOISE = b"\x00\xff\x13\x37 not a word of any protocol \x80\x81\r\n\r\n"
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER, no time: close() sends RST


@dataclass
class _Carried:
    """Bytes of the answer that is on its way."""

    back: int = 0


@dataclass
class FaultProxy:
    """A proxy in front of `127.0.0.1:target`.

    Attributes:
        fault: What it does just now.
        seconds: See `Fault`.
        after: See `Fault`.
        connections: How many were taken.
        open: How many are open just now.
    """

    target: int
    port: int = 0
    fault: Fault = Fault.NONE
    seconds: float = 0.0
    after: int = 0
    connections: int = 0
    open: int = 0
    _server: asyncio.Server | None = None
    _tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where callers go instead."""
        return f"http://127.0.0.1:{self.port}"

    async def set(self, fault: Fault, *, seconds: float = 0.0, after: int = 0) -> None:
        """Do something else from now on."""
        self.fault, self.seconds, self.after = fault, seconds, after
        if fault is Fault.REFUSE:
            await self._stop_listening()
            await self._cut()
        elif self._server is None:
            await self.start()

    async def start(self) -> None:
        """Listen; on the same port as before."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Stop listening and cut every connection."""
        await self._stop_listening()
        await self._cut()

    async def _stop_listening(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None
        await asyncio.sleep(0.01)  # a connection that is just being taken is seen, and cut too

    async def _cut(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._carry(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.open += 1
        onward: asyncio.StreamWriter | None = None
        try:
            back, onward = await asyncio.open_connection("127.0.0.1", self.target)
            carried = _Carried()
            ways = [
                asyncio.create_task(self._forth(reader, onward, carried)),
                asyncio.create_task(self._back(back, writer, carried)),
            ]
            try:
                await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for way in ways:
                    way.cancel()
                await asyncio.gather(*ways, return_exceptions=True)
        except OSError:
            pass
        finally:
            self.open -= 1
            for end in (writer, onward):
                if end is not None:
                    end.transport.abort() if self.fault is Fault.REFUSE else end.close()

    async def _forth(self, reader: asyncio.StreamReader, onward: asyncio.StreamWriter, carried: "_Carried") -> None:
        """Carry what the caller sends."""
        while True:
            await self._unless_vanished()
            piece = await reader.read(65_536)
            if not piece:
                return
            await self._unless_vanished()
            if self.fault is not Fault.BLACK_HOLE:
                carried.back = 0  # what comes now is another answer
                onward.write(piece)
                await onward.drain()

    async def _back(self, back: asyncio.StreamReader, writer: asyncio.StreamWriter, carried: "_Carried") -> None:
        """Carry what comes back, or what is made of it."""
        while piece := await back.read(65_536):
            await self._unless_vanished()
            fault = self.fault
            if fault is Fault.GARBAGE:
                writer.write(_NOISE)
                await writer.drain()
                return
            if fault is Fault.LATENCY or (fault is Fault.SLOW_FIRST_BYTE and not carried.back):
                await asyncio.sleep(self.seconds)
            if fault in {Fault.RESET, Fault.TRUNCATE} and carried.back + len(piece) > self.after:
                writer.write(piece[: max(0, self.after - carried.back)])
                await writer.drain()
                if fault is Fault.RESET:
                    await asyncio.sleep(0.02)  # what was sent arrives first
                    writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
                return
            if fault is Fault.DRIP:
                for number in range(len(piece)):
                    writer.write(piece[number : number + 1])
                    await writer.drain()
                    await asyncio.sleep(self.seconds)
            elif fault is not Fault.BLACK_HOLE:
                writer.write(piece)
            carried.back += len(piece)
            await writer.drain()

    async def _unless_vanished(self) -> None:
        while self.fault is Fault.HALF_OPEN:  # noqa: ASYNC110  # a test's clock is coarse enough
            await asyncio.sleep(0.01)


@asynccontextmanager
async def between(target: int) -> AsyncIterator[FaultProxy]:
    """Run a proxy for the length of a `with` block."""
    proxy = FaultProxy(target)
    await proxy.start()
    try:
        yield proxy
    finally:
        await proxy.stop()
