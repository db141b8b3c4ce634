"""Sends one signed message to a receiver, at an address that was looked at a moment before."""

import asyncio
import base64
import socket
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson
from standardwebhooks import Webhook

from services.gateway.events.domain.errors import TargetRefusedError
from services.gateway.events.domain.messages import body_of
from services.gateway.events.domain.records import Event
from services.gateway.events.domain.targets import Rules, Target, choose_address, read_target
from services.kit import http
from services.kit.http import Receipt

Resolve = Callable[[str, int], Awaitable[list[str]]]
"""Return every IP address that a name has now; none where it has none."""

SECRET_PREFIX = "whsec_"  # noqa: S105  # the prefix of Standard Webhooks, not a secret
_RESOLVE_S = 3.0


@dataclass(frozen=True, slots=True)
class Receivers:
    """How receivers are reached.

    Attributes:
        rules: Which addresses may be called.
        timeout_s: For a whole exchange.
        resolve: Asks the resolver.
        trust: Certificates to trust instead of the public ones.
    """

    rules: Rules
    timeout_s: float
    resolve: Resolve
    trust: ssl.SSLContext | None = None

    async def check(self, url: str) -> Target:
        """Return a receiver's address, in its normal form, if it may be called.

        Raises:
            TargetRefusedError: It must not be, or its name cannot be found.
        """
        return (await self._find(url))[0]

    async def send(self, url: str, event: Event, *, secrets: Sequence[bytes], at: datetime) -> Receipt:
        """Send an event; the address is looked at anew, and the one that was looked at is the one that is called.

        Args:
            url: Where to.
            event: What to tell; its id is the message's, the same at every attempt.
            secrets: To sign with, in the receiver's order.
            at: The instant of this attempt, in UTC.
        """
        try:
            target, address = await self._find(url)
        except TargetRefusedError as refusal:
            return Receipt(None, refusal.code)
        body = orjson.dumps(body_of(event))
        headers = {"content-type": "application/json", "user-agent": "Indimaj-Webhooks/1"}
        headers |= signed(f"evt_{event.id.hex}", body, secrets=secrets, at=at)
        return await http.post_pinned(
            target.url, address=address, body=body, headers=headers, timeout_s=self.timeout_s, trust=self.trust
        )

    async def _find(self, url: str) -> tuple[Target, str]:
        target = read_target(url, self.rules)
        return target, choose_address(await self.resolve(target.host, target.port), target)


def signed(message_id: str, body: bytes, *, secrets: Sequence[bytes], at: datetime) -> dict[str, str]:
    """Return the headers of Standard Webhooks; while a secret is being exchanged there is a signature for each."""
    signatures = [Webhook(secret).sign(message_id, at, body.decode()) for secret in secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def shown(secret: bytes) -> str:
    """Return a secret as a partner keeps it."""
    return SECRET_PREFIX + base64.b64encode(secret).decode("ascii")


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver; a name that it does not know within a moment has no address."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(_RESOLVE_S):
            found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):  # TimeoutError among them
        return []
    return [str(each[4][0]) for each in found]
