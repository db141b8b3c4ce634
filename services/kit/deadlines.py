"""How long the caller will still wait: the gateway says it with each call, and nobody works on for one who is gone."""

import asyncio
from contextvars import ContextVar

from starlette.types import Scope

HEADER = b"request-timeout-ms"
"""Milliseconds until the head of the answer must be on its way. Internal: the gateway lets none in from outside."""

HOP_SHARE = 0.9
"""What a hop gives on of the time it has: the rest is for its own answer, so that the one further on gives up first."""

_DIGITS = 8
_ends_at: ContextVar[float | None] = ContextVar("ends_at", default=None)
"""When the request that is being answered must be answered, in the loop's time."""


def allowed_s(scope: Scope) -> float | None:
    """Return the seconds that a request leaves for its answer; None where it does not say, or not as a number."""
    for name, value in scope["headers"]:
        if name == HEADER:
            return int(value) / 1000 if value.isdigit() and len(value) <= _DIGITS else None
    return None


def begin(ends_at: float | None) -> None:
    """Keep the end of the request at hand for whatever it leads to."""
    _ends_at.set(ends_at)


def remaining_s(at_most: float) -> float:
    """Return the seconds that a further call may take: what it asks for, but within what the request has left."""
    ends_at = _ends_at.get()
    if ends_at is None:
        return at_most
    return max(0.0, min(at_most, HOP_SHARE * (ends_at - asyncio.get_running_loop().time())))
