"""One connection to a service: bytes in, an exchange at a time out (HTTP/1.1 by llhttp)."""

import asyncio
from collections.abc import Callable
from typing import cast

import httptools

from services.gateway.forwarding.clients.exchange import Exchange, LostBeforeAnswerError
from services.gateway.forwarding.clients.upstream import UpstreamError, UpstreamProtocolError, UpstreamUnavailableError

HEAD_LIMIT = 65_536
"""Bytes of an answer's head; beyond it the connection is dropped."""

HIGH_WATER = 262_144
"""Bytes of a body held for a slow reader before reading from the service stops."""

WAITED_FOR = 65_536
"""An answer that says it is no longer than this is handed on whole; any other as it comes."""

_SWITCHING, _FIRST_FINAL = 101, 200


class Connection(asyncio.Protocol):
    """An open connection; carries one exchange at a time and goes back to its pool after each.

    Args:
        loop: The running loop.
        on_free: Called when an exchange is over and the connection can carry another.
        on_lost: Called once when the connection is gone.
    """

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        on_free: Callable[["Connection"], None],
        on_lost: Callable[["Connection"], None],
    ) -> None:
        self.loop = loop
        self.idle_since = 0.0
        self.exchanges = 0
        self._on_free, self._on_lost = on_free, on_lost
        self._transport: asyncio.Transport | None = None
        self._exchange: Exchange | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._head_bytes = 0
        self._head_done = self._keep_alive = self._interim = self._framed = self._short = self._surplus = False
        self._sent = True
        self._writable: asyncio.Future[None] | None = None

    # --- what the pool calls

    @property
    def closed(self) -> bool:
        """Whether it can carry nothing more."""
        return self._transport is None or self._transport.is_closing()

    def start(self, data: bytes, *, head_only: bool, sent: bool, idle_s: float) -> Exchange:
        """Write a request and return the exchange whose `head` future tells of its answer.

        Args:
            data: The head, and the body where it is whole.
            head_only: The answer to this method has no body (HEAD).
            sent: Whether `data` is the whole request.
            idle_s: Longest silence within the answer's body.
        """
        exchange = Exchange(self, head_only=head_only, idle_s=idle_s)
        self._exchange, self._sent = exchange, sent
        self._head_bytes = 0
        self._head_done = self._keep_alive = self._interim = self._framed = self._short = self._surplus = False
        self.exchanges += 1
        if self._transport is None:
            exchange.fail(LostBeforeAnswerError())
        else:
            self._transport.write(data)
        return exchange

    async def write(self, data: bytes) -> None:
        """Write a part of a streamed body, waiting while the service reads too slowly."""
        if self.closed or self._transport is None:
            raise UpstreamUnavailableError
        self._transport.write(data)
        if self._writable is not None:
            await self._writable

    def finish_sending(self) -> None:
        """Note that a streamed request is whole."""
        self._sent = True
        if self._exchange is not None and self._exchange.complete:
            self._end(self._exchange)

    def abort(self, exchange: Exchange) -> None:
        """Drop the connection if it still carries the exchange."""
        if exchange.upload is not None:
            exchange.upload.cancel()
        if self._exchange is exchange:
            self._exchange = None
            self.close()

    def close(self) -> None:
        """Drop the connection."""
        if self._transport is not None:
            self._transport.abort()

    def go_on(self, exchange: Exchange) -> None:
        """Read on after a pause for a slow reader."""
        if self._exchange is exchange and self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()

    # --- what the loop calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one in all but name

    def data_received(self, data: bytes) -> None:
        """Parse what came; an answer that came whole ends its exchange before anybody is woken."""
        exchange = self._exchange
        if exchange is None:
            self.close()
            return
        exchange.started = True
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade, UpstreamError):
            if not exchange.complete:
                exchange.fail(UpstreamProtocolError())
                return
            self._surplus = True
        if not self._head_done:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_LIMIT:
                exchange.fail(UpstreamProtocolError())
            return
        if not exchange.head.done() and (exchange.complete or not self._short):
            if exchange.complete:
                exchange.body = b"".join(exchange.chunks_in)
                exchange.chunks_in.clear()
            exchange.head.set_result(None)
        if exchange.complete:
            self._end(exchange)
        exchange.wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """End what was under way: well where the answer runs to the end of the connection, else badly."""
        self._transport = None
        exchange = self._exchange
        if exchange is not None:
            if self._head_done and not self._framed and exc is None and not exchange.complete:
                exchange.complete = True
                self._exchange = None
                exchange.wake()
            elif not exchange.complete:
                exchange.fail(UpstreamProtocolError() if exchange.started else LostBeforeAnswerError())
        self.resume_writing()
        self._on_lost(self)

    def pause_writing(self) -> None:
        """Hold the upload."""
        self._writable = self.loop.create_future()

    def resume_writing(self) -> None:
        """Let the upload go on."""
        if self._writable is not None and not self._writable.done():
            self._writable.set_result(None)
        self._writable = None

    # --- what the parser calls

    def on_message_begin(self) -> None:
        """Note an answer that nobody asked for."""
        if self._exchange is None or self._exchange.complete:
            self._surplus = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect the head; trailers are dropped."""
        exchange = self._exchange
        if exchange is None or self._head_done:
            return
        self._head_bytes += len(name) + len(value)
        if self._head_bytes > HEAD_LIMIT:
            raise UpstreamProtocolError
        if not self._framed and name.lower() in _FRAMING:
            self._framed = True
            self._short = value.isdigit() and int(value) <= WAITED_FOR
        exchange.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Take the status; interim answers (1xx) are passed over."""
        exchange = self._exchange
        if exchange is None or exchange.complete:
            return
        status = self._parser.get_status_code()
        if status < _FIRST_FINAL:
            if status == _SWITCHING:
                raise UpstreamProtocolError
            self._interim, self._framed, self._short = True, False, False
            exchange.headers.clear()
            return
        exchange.status = status
        self._head_done = True
        self._keep_alive = self._parser.should_keep_alive()
        if exchange.head_only:
            exchange.complete = True

    def on_body(self, body: bytes) -> None:
        """Keep a part of the body, and stop reading while too much is kept."""
        exchange = self._exchange
        if exchange is None or exchange.complete:
            self._surplus = True
            return
        exchange.chunks_in.append(body)
        exchange.buffered += len(body)
        if exchange.buffered > HIGH_WATER and self._transport is not None and self._transport.is_reading():
            self._transport.pause_reading()

    def on_message_complete(self) -> None:
        """Note the end of an answer."""
        if self._interim:
            self._interim = False
        elif self._exchange is not None:
            self._exchange.complete = True

    def _end(self, exchange: Exchange) -> None:
        """Hand the connection back, or drop it where it cannot be trusted with another exchange."""
        self._exchange = None
        if not self._sent and exchange.upload is not None:
            exchange.upload.cancel()
        if not (self._keep_alive and self._sent) or self._surplus or self.closed:
            self.close()
            return
        if exchange.head_only:
            self._parser = httptools.HttpResponseParser(self)
        if self._transport is not None and not self._transport.is_reading():
            self._transport.resume_reading()
        self._on_free(self)


_FRAMING = frozenset({b"content-length", b"transfer-encoding"})
