"""Request bodies on their way up."""

import asyncio
from collections.abc import AsyncIterator

from starlette.types import Receive

from services.gateway.forwarding.clients.alarms import Alarm, Alarms
from services.gateway.forwarding.domain.errors import BodyTooLargeError, BodyTooSlowError

LARGEST_BODY = 1024 * 1024
SLOWEST_BODY_S = 30.0


class ClientGoneError(Exception):
    """The caller has hung up: there is nobody to answer."""


async def whole(receive: Receive, declared: int | None) -> bytes:
    """Return a body of at most 1 MiB, read to its end before a service hears of it.

    A slow sender thus holds no connection to a service, and no service ever sees half a request.

    Raises:
        BodyTooLargeError: It is longer, or says so.
        BodyTooSlowError: It did not come within 30 s.
        ClientGoneError: The caller hung up.
    """
    if declared is not None and declared > LARGEST_BODY:
        raise BodyTooLargeError
    first, more = await _next(receive)
    if not more:
        if len(first) > LARGEST_BODY:
            raise BodyTooLargeError
        return first
    parts, size = [first], len(first)
    try:
        async with asyncio.timeout(SLOWEST_BODY_S):
            while more:
                part, more = await _next(receive)
                parts.append(part)
                size += len(part)
                if size > LARGEST_BODY:
                    raise BodyTooLargeError
    except TimeoutError:
        raise BodyTooSlowError from None
    return b"".join(parts)


async def streamed(receive: Receive) -> AsyncIterator[bytes]:
    """Yield a body as it comes, however long it is.

    Raises:
        ClientGoneError: The caller hung up before its end.
        BodyTooSlowError: Nothing came for 30 s.
    """
    more = True
    while more:
        try:
            async with asyncio.timeout(SLOWEST_BODY_S):
                part, more = await _next(receive)
        except TimeoutError:
            raise BodyTooSlowError from None
        if part:
            yield part


async def _next(receive: Receive) -> tuple[bytes, bool]:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise ClientGoneError
    return message.get("body", b""), message.get("more_body", False)


class Watch(Alarm):
    """Notices that the caller hangs up while a service is being waited for, and ends the wait.

    Looking costs a task; a call that is answered at once never pays it.

    Args:
        receive: Of the call; its body must have been read, or is read by nobody else.
        alarms: Begin the look after a while.
    """

    __slots__ = ("_alarms", "_owner", "_receive", "_task", "gone")
    LOOK_AFTER_S = 0.1

    def __init__(self, receive: Receive, alarms: Alarms) -> None:
        self.gone = False
        self._receive, self._alarms = receive, alarms
        self._owner = asyncio.current_task(alarms.loop)
        self._task: asyncio.Task[None] | None = None
        alarms.set(self, alarms.loop.time() + self.LOOK_AFTER_S)

    def ring(self) -> None:
        """Begin to look."""
        self._task = self._alarms.loop.create_task(self._look())

    def end(self) -> None:
        """Look no longer."""
        self._alarms.clear(self)
        if self._task is not None:
            self._task.cancel()

    async def _look(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                break
        self.gone = True
        if self._owner is not None:
            self._owner.cancel()
