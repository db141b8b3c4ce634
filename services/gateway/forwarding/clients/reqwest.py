"""The same over pyreqwest (Rust's reqwest): the road that our own pool is measured and tested against."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import urlsplit

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import (
    ConnectError,
    ConnectTimeoutError,
    DecodeError,
    NetworkError,
    PoolTimeoutError,
    PyreqwestError,
)
from pyreqwest.request import RequestBuilder, StreamRequest
from pyreqwest.response import Response

from services.gateway.forwarding.clients.upstream import (
    Call,
    UpstreamBusyError,
    UpstreamError,
    UpstreamProtocolError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)

CONNECTIONS = 64
CONNECT_S = 2.0
BODY_IDLE_S = 30.0


class ReqwestAnswer:
    """An answer read through pyreqwest; implements `Answer`."""

    def __init__(self, request: StreamRequest, response: Response) -> None:
        self._request, self._response = request, response
        self._released = False
        self.status = response.status
        self.headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in response.headers.items()]
        self.body: bytes | None = None

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; see `Answer`."""
        reader = self._response.body_reader
        try:
            while (chunk := await reader.read_chunk()) is not None:
                yield bytes(chunk)
        except TimeoutError:
            raise UpstreamTimeoutError from None
        except PyreqwestError:
            raise UpstreamProtocolError from None

    async def release(self) -> None:
        """Let go of the answer; see `Answer`."""
        if not self._released:
            self._released = True
            await self._request.__aexit__(None, None, None)


class ReqwestUpstream:
    """Connections to one service through pyreqwest; implements `Upstream`.

    Args:
        url: `http://host:port`.
        connections: The most at once.
        connect_s: Longest wait for a connection to open.
        body_idle_s: Longest silence within an answer's body.
    """

    def __init__(
        self,
        url: str,
        *,
        connections: int = CONNECTIONS,
        connect_s: float = CONNECT_S,
        body_idle_s: float = BODY_IDLE_S,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme != "http" or parts.path not in {"", "/"} or not parts.hostname:
            raise ValueError("a service's URL must be http://host:port")
        self._base = f"http://{parts.netloc}"
        self._client: Client = (
            ClientBuilder()
            .no_proxy()
            .follow_redirects(False)
            .gzip(False)
            .brotli(False)
            .zstd(False)
            .deflate(False)
            .referer(False)
            .max_connections(connections)
            .pool_timeout(timedelta(seconds=connect_s))
            .connect_timeout(timedelta(seconds=connect_s))
            .read_timeout(timedelta(seconds=body_idle_s))
            .pool_idle_timeout(timedelta(seconds=2))
            .build()
        )

    async def send(self, call: Call) -> ReqwestAnswer:
        """Send a request; see `Upstream`."""
        request = self._built(call).build_streamed()
        try:
            async with asyncio.timeout(call.deadline_s):
                response = await request.__aenter__()
        except (TimeoutError, PyreqwestError) as error:
            raise _translated(error) from None
        return ReqwestAnswer(request, response)

    async def close(self) -> None:
        """Close all connections."""
        await self._client.close()

    def _built(self, call: Call) -> RequestBuilder:
        builder = self._client.request(call.method.decode("ascii"), self._base + call.target.decode("ascii"))
        builder = builder.streamed_read_buffer_limit(0)  # else the head waits for the first part of the body
        for name, value in call.headers:
            builder = builder.header(name.decode("ascii"), value.decode("latin-1"))
        if call.body is None:
            return builder
        if isinstance(call.body, bytes):
            return builder.body_bytes(call.body)
        if call.length is not None:
            builder = builder.header("content-length", str(call.length))
        return builder.body_stream(call.body)


def _translated(error: Exception) -> UpstreamError:
    if isinstance(error, PoolTimeoutError):
        return UpstreamBusyError()
    if isinstance(error, ConnectTimeoutError | ConnectError):
        return UpstreamUnavailableError()
    if isinstance(error, TimeoutError):
        return UpstreamTimeoutError()
    if isinstance(error, DecodeError):
        return UpstreamProtocolError()
    if isinstance(error, NetworkError):
        return UpstreamUnavailableError()
    return UpstreamProtocolError()
