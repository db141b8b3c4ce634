"""A partner's receiver, built on the official `standardwebhooks` package; it can be down, slow, or ask to be let be."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from standardwebhooks import Webhook
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.support.serving import served


@dataclass
class Receiver:
    """Takes what is well signed.

    Attributes:
        secrets: By path: what its messages are signed with, `whsec_...`.
        got: Every message taken, in order: its id and its body.
        tries: The id of every message that came, taken or not.
        answers: Statuses to give in turn; 204 once there is none left.
        headers: Given with each of them.
        delay_s: How long it thinks first.
    """

    url: str = ""
    secrets: dict[str, str] = field(default_factory=dict)
    got: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    tries: list[str] = field(default_factory=list)
    seen_headers: list[dict[str, str]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    delay_s: float = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await receive()
            await send({"type": "lifespan.startup.complete"})
            await receive()
            await send({"type": "lifespan.shutdown.complete"})
            return
        await (await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        raw, headers = await request.body(), dict(request.headers)
        self.tries.append(headers["webhook-id"])
        self.seen_headers.append(headers)
        await asyncio.sleep(self.delay_s)
        status = self.answers.pop(0) if self.answers else 204
        if not 200 <= status < 300:
            return Response(self.body, status, self.headers)
        Webhook(self.secrets[request.url.path]).verify(raw, headers)
        self.got.append((headers["webhook-id"], json.loads(raw)))
        return Response(b"" if status == 204 else self.body, status, self.headers)

    def versions(self, subject: str) -> list[int]:
        """Return the versions told of one person, in the order in which they came."""
        return [body["data"]["version"] for _, body in self.got if body["data"].get("person_id") == subject]


@contextmanager
def receiving(receiver: Receiver | None = None) -> Iterator[Receiver]:
    """Run a receiver on a port of its own."""
    receiver = receiver or Receiver()
    with served(receiver) as url:
        receiver.url = url
        yield receiver
