"""uvicorn, writing each answer with one system call.

uvicorn hands head and body of an answer to the transport one after the other, and each becomes a system call and a
segment that wakes the reader. Joined, a short answer is one of each; on the gateway this is a seventh of its processor
time.
"""

from __future__ import annotations

import asyncio
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

HELD_LIMIT = 65_536
"""Bytes held at most before they are written; beyond it joining saves nothing, and flow control must be felt."""


class JoiningTransport:
    """A transport that joins what is written within one turn of the loop; anything else is the inner one's.

    Args:
        inner: The connection's transport.
        loop: The running loop.
    """

    def __init__(self, inner: asyncio.Transport, loop: asyncio.AbstractEventLoop) -> None:
        self._inner, self._loop = inner, loop
        self._held: list[bytes] = []
        self._size = 0
        self.is_closing = inner.is_closing

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def write(self, data: bytes) -> None:
        """Write soon: at the end of this turn of the loop, or now where much is held."""
        if not self._held:
            self._loop.call_soon(self._flush)
        self._held.append(data)
        self._size += len(data)
        if self._size > HELD_LIMIT:
            self._flush()

    def close(self) -> None:
        """Close once everything is written."""
        self._flush()
        self._inner.close()

    def _flush(self) -> None:
        if self._held:
            held, self._held, self._size = self._held, [], 0
            if not self.is_closing():
                self._inner.write(held[0] if len(held) == 1 else b"".join(held))


class OneWriteProtocol(HttpToolsProtocol):
    """uvicorn's HTTP protocol over such transports; name it as the configuration's `http`."""

    def connection_made(  # type: ignore[override]  # uvicorn says asyncio.Transport, and means what it calls of one
        self, transport: asyncio.Transport
    ) -> None:
        """Begin to serve a connection."""
        super().connection_made(JoiningTransport(transport, self.loop))  # type: ignore[arg-type]  # the same
