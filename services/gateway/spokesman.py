"""Speaks to the services for a caller, in the compositions: the right token and headers over the same connections."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from services.gateway.forwarding.clients.service_calls import Reply, ServiceCalls
from services.kit.callers import Caller
from services.kit.deadlines import remaining_s

REUSED_S = 30.0
"""An internal token lives for 60 s; one is handed on for at most half of that, so that none is seen just ending."""

ENTRIES = 10_000

Vouch = Callable[[Caller, str, frozenset[str], datetime], Awaitable[str]]
"""Write a token for one service, with some scopes, on behalf of a caller."""


class Spokesman:
    """Calls services on behalf of a caller; implements `ports.Services`.

    Args:
        calls: The connections.
        vouch: Writes internal tokens.
        now: The clock.
    """

    def __init__(self, calls: ServiceCalls, vouch: Vouch, now: Callable[[], datetime]) -> None:
        self._calls, self._vouch, self._now = calls, vouch, now
        self._tokens: OrderedDict[tuple[Caller, str, frozenset[str]], tuple[float, str]] = OrderedDict()

    def forget(self) -> None:
        """Drop all tokens, as when the key has changed."""
        self._tokens.clear()

    async def ask(
        self,
        service: str,
        method: str,
        target: str,
        *,
        caller: Caller,
        scopes: frozenset[str],
        request_id: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        deadline_s: float = 10.0,
    ) -> Reply:
        """Return a service's answer; see `ports.Services`."""
        token = await self._token(caller, service, scopes)
        lines = {"authorization": f"Bearer {token}", "x-request-id": request_id, **(headers or {})}
        return await self._calls.ask(
            service,
            method,
            target,
            headers=[(name.encode("ascii"), value.encode("latin-1")) for name, value in lines.items()],
            body=body,
            deadline_s=remaining_s(deadline_s),
        )

    async def _token(self, caller: Caller, service: str, scopes: frozenset[str]) -> str:
        name, at = (caller, service, scopes), self._now()
        held = self._tokens.get(name)
        if held is not None and at.timestamp() < held[0]:
            self._tokens.move_to_end(name)
            return held[1]
        token = await self._vouch(caller, service, scopes, at)
        self._tokens[name] = (at.timestamp() + REUSED_S, token)
        if len(self._tokens) > ENTRIES:
            self._tokens.popitem(last=False)
        return token
