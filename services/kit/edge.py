"""The outermost layer of an application: a request id, an access line, and no stack trace to anybody. Pure ASGI."""

import asyncio
import traceback
from time import perf_counter

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.kit import deadlines, problems
from services.kit.correlation import request_id
from services.kit.logs import log
from services.kit.problems import Problem, respond


class Edge:
    """Middleware around a service: names the request, logs one line, turns the unforeseen into a problem.

    Where the call says how long its caller waits, the work on it ends then, statements in the database included
    (the driver cancels what a cancelled task has under way); an answer that has begun is seen through.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = perf_counter()
        identifier = request_id(scope)
        scope.setdefault("state", {})["request_id"] = identifier
        status, running = 0, True

        async def send_named(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if running and not limit.expired():
                    limit.reschedule(None)
                message["headers"] = [*message["headers"], (b"x-request-id", identifier.encode())]
            await send(message)

        limit = asyncio.timeout(deadlines.allowed_s(scope))
        try:
            async with limit:
                deadlines.begin(limit.when())
                await self._app(scope, receive, send_named)
        except Exception as error:  # noqa: BLE001  # the last catch: nothing past it could answer
            late, running = limit.expired(), False
            if not late:
                log.error(
                    "unexpected_error",
                    error=type(error).__name__,
                    reason=_place(error),
                    request_id=identifier,
                    route=route_of(scope),
                )
            if status == 0:
                problem = respond(Request(scope), Problem(problems.TIMED_OUT if late else problems.UNEXPECTED))
                await problem(scope, receive, send_named)
        log.info(
            "request",
            method=scope["method"],
            route=route_of(scope),
            status=status,
            duration_ms=round((perf_counter() - started) * 1000, 2),
            request_id=identifier,
        )


def route_of(scope: Scope) -> str:
    """Return the matched route's template: the path itself may hold an identifier."""
    return getattr(scope.get("route"), "path", "-")


def _place(error: BaseException) -> str:
    """Return where the error was raised, as file and line: enough to mend it, and no value with it."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "/services/" in frame.filename]
    return " < ".join(f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in reversed(frames[-4:]))
