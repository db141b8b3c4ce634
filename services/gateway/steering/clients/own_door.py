"""The gateway's own door, called from inside: the same gates, limits and audit rows as for any program."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from time import perf_counter
from urllib.parse import unquote

from starlette.types import ASGIApp, Message, Scope

from services.gateway.pages.visitors import Visitor
from services.gateway.steering.domain.answers import Answer

LONGEST_S = 40.0
LARGEST = 4 * 1024 * 1024
_UNANSWERED = 504
Peer = tuple[str, int] | None


class OwnDoor:
    """Puts questions to the public API in a visitor's name.

    Args:
        app: The gateway as the outside sees it.
        token_for: Writes a fresh access token of a visitor; it lives as long as the call and is shown to nobody.
    """

    def __init__(self, app: ASGIApp, token_for: Callable[[Visitor], Awaitable[str]]) -> None:
        self._app, self._token_for = app, token_for

    async def ask(
        self,
        visitor: Visitor,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        peer: Peer = None,
    ) -> Answer:
        """Return the API's answer.

        Args:
            visitor: In whose name.
            method: Upper case.
            target: Path and query, escaped, ASCII.
            headers: Of the question, but for the token.
            body: The whole body.
            peer: Address from which the visitor's own request came.
        """
        token = await self._token_for(visitor)
        lines = {name.lower(): value for name, value in (headers or {}).items()} | {"authorization": f"Bearer {token}"}
        if body:
            lines["content-length"] = str(len(body))
        path, _, query = target.partition("?")
        scope: Scope = {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.4"},
            "http_version": "1.1",
            "method": method,
            "scheme": "https",
            "path": unquote(path),
            "raw_path": path.encode("ascii"),
            "query_string": query.encode("ascii"),
            "root_path": "",
            "headers": [(name.encode("latin-1"), value.encode("utf-8")) for name, value in lines.items()],
            "client": peer,
            "server": ("portal", None),
            "state": {},
        }
        started = perf_counter()
        exchange = _Exchange(body)
        # a task of its own: what the door notes of the call, and its end, are not the page's
        task = asyncio.create_task(_run(self._app, scope, exchange))
        try:
            async with asyncio.timeout(LONGEST_S):
                await task
        except TimeoutError:
            exchange.status = exchange.status or _UNANSWERED
        finally:
            task.cancel()
        took_ms = (perf_counter() - started) * 1000
        return Answer(exchange.status, exchange.headers, b"".join(exchange.parts), took_ms)


class _Exchange:
    """One question and what has come of its answer."""

    def __init__(self, body: bytes) -> None:
        self.status = 0
        self.headers: list[tuple[str, str]] = []
        self.parts: list[bytes] = []
        self._body: bytes | None = body
        self._size = 0

    async def receive(self) -> Message:
        """Give the body once; whoever asks again waits: nobody hangs up from inside."""
        if self._body is None:
            await asyncio.Event().wait()
        body, self._body = self._body, None
        return {"type": "http.request", "body": body or b"", "more_body": False}

    async def send(self, message: Message) -> None:
        """Take a part of the answer; what is beyond the limit is dropped."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = [
                (name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in message["headers"]
            ]
            return
        part = message.get("body", b"")
        self._size += len(part)
        if self._size <= LARGEST:
            self.parts.append(part)


async def _run(app: ASGIApp, scope: Scope, exchange: _Exchange) -> None:
    await app(scope, exchange.receive, exchange.send)
