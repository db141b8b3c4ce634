"""The data plane: pure ASGI in front of the control plane, for every operation that one service answers.

match -> token -> scope -> purpose -> internal token -> forward -> access line. Bodies pass as bytes and are never
parsed. What is not in the table goes to the control plane (FastAPI) untouched; what the gateway answers itself passes
the same gates and goes on with an internal token addressed to the gateway.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from secrets import token_hex
from time import perf_counter

from starlette.types import ASGIApp, Receive, Scope, Send

from services.gateway.forwarding.api.access_line import AccessLines, Line
from services.gateway.forwarding.api.bodies import ClientGoneError, Watch, streamed, whole
from services.gateway.forwarding.api.passports import Passports
from services.gateway.forwarding.api.problems import problem_for
from services.gateway.forwarding.clients.alarms import Alarms
from services.gateway.forwarding.clients.upstream import (
    Answer,
    Call,
    Upstream,
    UpstreamError,
    UpstreamUnavailableError,
)
from services.gateway.forwarding.domain.errors import AddressTooLongError, MalformedHeaderError, RefusedError
from services.gateway.forwarding.domain.headers import RequestHeaders, read_request, response_lines
from services.gateway.forwarding.domain.matching import RouteTable
from services.gateway.forwarding.domain.operations import LOCAL, Operation
from services.kit import problems
from services.kit.application import problem_of
from services.kit.correlation import HEADER, request_id
from services.kit.logs import log
from services.kit.problems import Problem, language_of, render

LONGEST_QUERY = 16_384
_GONE, _UNAUTHORISED = 499, 401
_ALWAYS = (b"x-content-type-options", b"nosniff")
_PROCESS, _NUMBERS = token_hex(8), count(1)


def _next_id() -> str:
    """Return a request id of the kit's shape: this process's own 64 bits and a number, which costs no system call."""
    return f"{_PROCESS}{next(_NUMBERS):016x}"


class DataPlane:
    """The outermost layer of the gateway.

    Args:
        table: Every published operation, the gateway's own included.
        upstreams: By service, with its base URL.
        passports: Verifies tokens and writes internal ones.
        control: Answers what is not forwarded.
        lines: Writes the access lines.
        now: The clock.
    """

    def __init__(
        self,
        *,
        table: RouteTable,
        upstreams: Mapping[str, tuple[bytes, Upstream]],
        passports: Passports,
        control: ASGIApp,
        lines: AccessLines,
        now: Callable[[], datetime],
    ) -> None:
        self._table, self._upstreams, self._passports = table, upstreams, passports
        self._control, self._lines, self._now = control, lines, now
        self._alarms = Alarms()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._control(scope, receive, send)
            return
        visit = _Visit(scope, receive, send, self._now())
        try:
            visit.headers = read_request(scope["headers"])
            methods = self._table.match(scope["raw_path"])
            if methods is None:
                await self._control(_as_get(scope), receive, send)
                return
            operation = visit.choose(methods)
            if operation.service == LOCAL:
                await self._answer_here(operation, visit)
                return  # the control plane's edge has written its own line
            await self._forward(operation, visit)
        except ClientGoneError:
            visit.status = _GONE
        except (RefusedError, UpstreamError) as error:
            await visit.refuse(problem_for(error, visit.operation), type(error).__name__)
        except Problem as problem:
            await visit.refuse(problem, problem.type.slug)
        except Exception as error:  # noqa: BLE001  # the last catch: no stack trace to anybody
            log.error("forwarding_failed", error=type(error).__name__, request_id=visit.request_id)
            await visit.refuse(problem_of(error, {}), type(error).__name__)
        self._lines.write(visit.line())

    async def _answer_here(self, operation: Operation, visit: "_Visit") -> None:
        """Let an operation of the gateway's own through the gates, and hand it to the control plane."""
        scope = _as_get(visit.scope)
        if operation.scopes:
            authorization = await self._admitted(operation, visit)
            headers = [header for header in scope["headers"] if header[0] != b"authorization"]
            scope = {**scope, "headers": [*headers, (b"authorization", authorization)]}
        await self._control(scope, visit.receive, visit.send)

    async def _admitted(self, operation: Operation, visit: "_Visit") -> bytes:
        """Pass the gates; return the Authorization header for the service."""
        passport = await self._passports.of(visit.headers.authorization, visit.at)
        visit.client_id = passport.bearer.client_id
        return await self._passports.let_through(passport, operation, visit.headers.purpose, visit.at)

    async def _forward(self, operation: Operation, visit: "_Visit") -> None:
        passed = visit.headers.passed
        if operation.scopes:
            passed.append((b"authorization", await self._admitted(operation, visit)))
        named = (HEADER, visit.request_id.encode("ascii"))
        passed.append(named)
        base, upstream = self._upstreams[operation.service]
        call = visit.call(operation)
        watch = None
        if visit.headers.bodiless:
            watch = Watch(visit.receive, self._alarms)
        elif operation.streaming:
            call.body, call.length = streamed(visit.receive), visit.headers.length
        else:
            call.body = await whole(visit.receive, visit.headers.length)
            watch = Watch(visit.receive, self._alarms)
        try:
            answer = await upstream.send(call)
            if answer.status == _UNAUTHORISED and operation.scopes:
                # the service refused our token, not the caller's: hers is good
                await answer.release()
                raise UpstreamUnavailableError
            await visit.pass_on(answer, base, named)
        except asyncio.CancelledError:
            if watch is None or not watch.gone:
                raise
            raise ClientGoneError from None
        finally:
            if watch is not None:
                watch.end()


def _as_get(scope: Scope) -> Scope:
    """Return a HEAD request as the GET that it stands for; the server keeps the body back by itself."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


class _Visit:
    """One request on its way through."""

    __slots__ = (
        "_request_id", "at", "client_id", "error", "headers", "operation", "receive", "scope", "send", "started",
        "status",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send, at: datetime) -> None:
        self.scope, self.receive, self.send, self.at = scope, receive, send, at
        self.started = perf_counter()
        self.headers = _NONE_YET
        self.operation: Operation | None = None
        self.client_id: str | None = None
        self.error: str | None = None
        self.status = 0
        self._request_id: str | None = None

    @property
    def request_id(self) -> str:
        if self._request_id is None:
            own = self.headers.request_id
            self._request_id = _next_id() if own is None else request_id({"headers": [(HEADER, own)]})
        return self._request_id

    def choose(self, methods: Mapping[str, Operation]) -> Operation:
        """Return the operation of the request's method; HEAD is a GET whose body is kept back."""
        method = self.scope["method"]
        operation = methods.get("GET" if method == "HEAD" else method)
        if operation is None:
            allowed = {*methods, "HEAD"} if "GET" in methods else set(methods)
            raise Problem(problems.METHOD_NOT_ALLOWED, headers={"allow": ", ".join(sorted(allowed))})
        self.operation = operation
        return operation

    def call(self, operation: Operation) -> Call:
        """Return the request for the service, its body still to be added."""
        scope = self.scope
        query: bytes = scope["query_string"]
        if len(query) > LONGEST_QUERY:
            raise AddressTooLongError
        if not query.isascii():
            raise MalformedHeaderError
        return Call(
            method=operation.method.encode("ascii"),
            target=scope["raw_path"] + b"?" + query if query else scope["raw_path"],
            headers=self.headers.passed,
            deadline_s=operation.deadline_s,
        )

    async def pass_on(self, answer: Answer, base: bytes, named: tuple[bytes, bytes]) -> None:
        """Send the answer on, byte for byte, under the request's name."""
        lines = response_lines(answer.headers, base)
        lines += (named, _ALWAYS)
        self.status = answer.status
        await self.send({"type": "http.response.start", "status": answer.status, "headers": lines})
        if answer.body is not None:
            await self.send({"type": "http.response.body", "body": answer.body})
            return
        try:
            if self.scope["method"] != "HEAD":
                async for chunk in answer.chunks():
                    await self.send({"type": "http.response.body", "body": chunk, "more_body": True})
            await self.send({"type": "http.response.body", "body": b""})
        finally:
            await answer.release()

    async def refuse(self, problem: Problem, reason: str) -> None:
        """Answer with a problem; where an answer has begun, only hanging up can say that it is not whole."""
        self.error = reason
        if self.status:
            log.warning("answer_cut_short", reason=reason, request_id=self.request_id)
            return
        self.status = problem.type.status
        language = language_of((self.headers.accept_language or b"").decode("latin-1"))
        response = render(problem, language=language, instance=self.request_id)
        response.headers["x-request-id"] = self.request_id
        await response(self.scope, self.receive, self.send)

    def line(self) -> Line:
        """Return what is kept of the visit."""
        return Line(
            self.at,
            perf_counter() - self.started,
            self.scope["method"],
            self.operation,
            self.status,
            self.request_id,
            self.client_id,
            self.error,
        )


_NONE_YET = RequestHeaders()
"""Stands for the headers of a request that have not been read; nothing is ever added to it."""
