"""A request under way on a connection, and what has come of its answer."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Protocol

from services.gateway.forwarding.clients.alarms import Alarm
from services.gateway.forwarding.clients.upstream import UpstreamTimeoutError, UpstreamUnavailableError

LOW_WATER = 65_536
"""Bytes of a body held for a slow reader below which reading from the service goes on again."""


class Carrier(Protocol):
    """The connection that an exchange runs on."""

    loop: asyncio.AbstractEventLoop

    def abort(self, exchange: "Exchange") -> None:
        """Drop the connection if it still carries the exchange."""
        ...

    def go_on(self, exchange: "Exchange") -> None:
        """Read on after a pause for a slow reader."""
        ...

    async def write(self, data: bytes) -> None:
        """Write a part of a streamed body, waiting while the service reads too slowly."""
        ...

    def finish_sending(self) -> None:
        """Note that a streamed request is whole."""
        ...


class LostBeforeAnswerError(UpstreamUnavailableError):
    """The connection went away and not one byte of the answer had come."""


class Exchange(Alarm):
    """A request under way and what has come of its answer; implements `Answer`."""

    __slots__ = (
        "_idle_s",
        "body",
        "buffered",
        "chunks_in",
        "complete",
        "connection",
        "error",
        "head",
        "head_only",
        "headers",
        "started",
        "status",
        "upload",
        "waiter",
    )

    def __init__(self, connection: Carrier, *, head_only: bool, idle_s: float) -> None:
        self.connection = connection
        self.head: asyncio.Future[None] = connection.loop.create_future()
        self.head_only = head_only
        self.status = 0
        self.headers: list[tuple[bytes, bytes]] = []
        self.body: bytes | None = None
        self.chunks_in: deque[bytes] = deque()
        self.buffered = 0
        self.complete = False
        self.started = False
        self.error: BaseException | None = None
        self.waiter: asyncio.Future[None] | None = None
        self.upload: asyncio.Task[None] | None = None
        self._idle_s = idle_s

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; see `Answer`."""
        while True:
            if self.chunks_in:
                chunk = self.chunks_in.popleft()
                self.buffered -= len(chunk)
                if self.buffered < LOW_WATER:
                    self.connection.go_on(self)
                yield chunk
            elif self.error is not None:
                raise self.error
            elif self.complete:
                return
            else:
                self.waiter = self.connection.loop.create_future()
                timer = self.connection.loop.call_later(self._idle_s, self.fail, UpstreamTimeoutError())
                try:
                    await self.waiter
                finally:
                    timer.cancel()
                    self.waiter = None

    async def release(self) -> None:
        """Let go of the answer; see `Answer`."""
        if not self.complete:
            self.connection.abort(self)

    def ring(self) -> None:
        """End the exchange because its time is over."""
        self.fail(UpstreamTimeoutError())

    def fail(self, error: BaseException) -> None:
        """End the exchange with an error, and with it the connection."""
        if self.complete or self.error is not None:
            return
        self.error = error
        if not self.head.done():
            self.head.set_exception(error)
        self.wake()
        self.connection.abort(self)

    def wake(self) -> None:
        """Tell a waiting reader that something has come."""
        if self.waiter is not None and not self.waiter.done():
            self.waiter.set_result(None)
