"""Our own connection pool to one service: asyncio, llhttp, and nothing per request that is not needed."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

from services.gateway.forwarding.clients.alarms import Alarms
from services.gateway.forwarding.clients.connection import Connection
from services.gateway.forwarding.clients.exchange import Exchange, LostBeforeAnswerError
from services.gateway.forwarding.clients.upstream import (
    Call,
    UpstreamBusyError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from services.gateway.forwarding.domain.headers import host_line, write_head

CONNECTIONS = 64
WAITING = 512
CONNECT_S = 2.0
KEEP_IDLE_S = 30.0
"""A connection idle for longer is not used again: well under the services' own keep-alive (75 s), so that a request
that must not be sent twice hardly ever meets a connection that the service is just closing."""

BODY_IDLE_S = 30.0
_SAFE = frozenset({b"GET", b"HEAD", b"OPTIONS"})


class Pool:
    """Connections to one service; implements `Upstream`.

    A call that was lost on a connection that had served before, without one byte of an answer, is sent once more on a
    fresh connection if the method is safe. Nothing else is ever sent twice.

    Args:
        url: `http://host:port`; encryption between the gateway and its services is the platform's (docs/operations.md).
        connections: The most at once.
        waiting: The most calls that may wait for one.
        connect_s: Longest wait for a connection to open.
        body_idle_s: Longest silence within an answer's body.

    Raises:
        ValueError: The URL is not plain HTTP to a host and port.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        waiting: int = WAITING,
        connect_s: float = CONNECT_S,
        body_idle_s: float = BODY_IDLE_S,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.path not in {"", "/"} or not parts.hostname:
            raise ValueError("a service's URL must be http://host:port")
        self._host, self._port = parts.hostname, parts.port or 80
        self._host_line = host_line(parts.netloc)
        self._most, self._most_waiting = connections, waiting
        self._connect_s, self._body_idle_s = connect_s, body_idle_s
        self._idle: deque[Connection] = deque()
        self._open: set[Connection] = set()
        self._opening = 0
        self._waiters: deque[asyncio.Future[Connection | None]] = deque()
        self._closed = False
        self._alarms = Alarms()

    async def send(self, call: Call) -> Exchange:
        """Send a request; see `Upstream`."""
        loop = self._alarms.loop
        data, whole = self._written(call)
        end = loop.time() + call.deadline_s
        connection = self._idle_one(loop.time()) or await self._take(loop, end)
        used = connection.exchanges > 0
        try:
            return await self._exchange(connection, call, data, whole=whole, end=end)
        except LostBeforeAnswerError:
            if not (used and call.method in _SAFE and call.body is None):
                raise
        connection = await self._take(loop, end)
        return await self._exchange(connection, call, data, whole=whole, end=end)

    async def close(self) -> None:
        """Close all connections; calls under way fail."""
        self._closed = True
        while self._waiters:
            self._waiters.popleft().cancel()
        for connection in list(self._open):
            connection.close()
        self._idle.clear()

    def _written(self, call: Call) -> tuple[bytes, bool]:
        """Return the bytes of the request that can be written at once, and whether they are all."""
        lines = [self._host_line, *[b"%b: %b" % header for header in call.headers]]
        body = call.body
        if isinstance(body, bytes):
            lines.append(b"content-length: %d" % len(body))
            return write_head(call.method, call.target, lines) + body, True
        if body is None:
            return write_head(call.method, call.target, lines), True
        lines.append(b"transfer-encoding: chunked" if call.length is None else b"content-length: %d" % call.length)
        return write_head(call.method, call.target, lines), False

    async def _exchange(self, connection: Connection, call: Call, data: bytes, *, whole: bool, end: float) -> Exchange:
        exchange = connection.start(data, head_only=call.method == b"HEAD", sent=whole, idle_s=self._body_idle_s)
        if not whole and not isinstance(call.body, bytes | None):
            exchange.upload = connection.loop.create_task(_upload(exchange, call.body, call.length))
        self._alarms.set(exchange, end)
        try:
            await exchange.head
        except BaseException:
            connection.abort(exchange)
            raise
        finally:
            self._alarms.clear(exchange)
        return exchange

    # --- taking and giving back

    def _idle_one(self, now: float) -> Connection | None:
        """Return the connection that was used last, if there is one that has not been idle for long."""
        while self._idle:
            connection = self._idle.pop()
            if not connection.closed and now - connection.idle_since < KEEP_IDLE_S:
                return connection
            connection.close()
        return None

    async def _take(self, loop: asyncio.AbstractEventLoop, end: float) -> Connection:
        if self._closed:
            raise UpstreamUnavailableError
        if len(self._open) + self._opening < self._most:
            return await self._connect(loop, end)
        return await self._wait(loop, end)

    async def _wait(self, loop: asyncio.AbstractEventLoop, end: float) -> Connection:
        if len(self._waiters) >= self._most_waiting:
            raise UpstreamBusyError
        waiter: asyncio.Future[Connection | None] = loop.create_future()
        self._waiters.append(waiter)
        try:
            async with asyncio.timeout_at(end):
                connection = await waiter
        except BaseException as error:
            self._waiters = deque(other for other in self._waiters if other is not waiter)
            if waiter.done() and not waiter.cancelled():
                self._pass_on(waiter.result())
            if isinstance(error, TimeoutError):
                raise UpstreamTimeoutError from None
            if self._closed:
                raise UpstreamUnavailableError from None
            raise
        if connection is not None and not connection.closed:
            return connection
        return await self._connect(loop, end)

    def _pass_on(self, connection: Connection | None) -> None:
        """Give what a waiter no longer wants to the next one."""
        if connection is None:
            self._wake_one()
        elif not connection.closed:
            self._freed(connection)

    async def _connect(self, loop: asyncio.AbstractEventLoop, end: float) -> Connection:
        self._opening += 1
        try:
            async with asyncio.timeout_at(min(end, loop.time() + self._connect_s)):
                _, connection = await loop.create_connection(
                    lambda: Connection(loop, self._freed, self._lost), self._host, self._port
                )
        except BaseException as error:
            self._wake_one()
            if isinstance(error, OSError):  # TimeoutError is one
                raise UpstreamUnavailableError from None
            raise
        finally:
            self._opening -= 1
        if connection.closed:
            raise UpstreamUnavailableError
        self._open.add(connection)
        return connection

    def _freed(self, connection: Connection) -> None:
        connection.idle_since = connection.loop.time()
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(connection)
                return
        self._idle.append(connection)

    def _lost(self, connection: Connection) -> None:
        if connection in self._open:
            self._open.discard(connection)
            if connection in self._idle:
                self._idle.remove(connection)
            self._wake_one()

    def _wake_one(self) -> None:
        """Let one waiting call open a connection of its own."""
        while self._waiters:
            waiter = self._waiters.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return


async def _upload(exchange: Exchange, body: AsyncIterator[bytes], length: int | None) -> None:
    """Write a streamed body beside the wait for the answer; what the body raises ends the exchange."""
    connection, left = exchange.connection, length
    try:
        async for chunk in body:
            if left is not None:
                left = _less(left, chunk)
                await connection.write(chunk)
            elif chunk:
                await connection.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        await (connection.write(b"0\r\n\r\n") if left is None else _at_its_end(left))
    except Exception as error:  # noqa: BLE001  # whatever stops the body must reach the one who waits for the answer
        exchange.fail(error)
    else:
        connection.finish_sending()


def _less(left: int, chunk: bytes) -> int:
    """Return what is left to send of a declared length.

    Raises:
        UpstreamProtocolError: The body is longer than it said.
    """
    if len(chunk) > left:
        raise UpstreamProtocolError
    return left - len(chunk)


async def _at_its_end(left: int) -> None:
    """Check that nothing is left to send.

    Raises:
        UpstreamProtocolError: The body is shorter than it said.
    """
    if left:
        raise UpstreamProtocolError
