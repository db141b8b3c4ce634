"""The data plane: pure ASGI in front of the control plane, for every operation that one service answers.

match -> room -> token, proof -> limit -> scope -> purpose -> internal token -> forward -> access line. Bodies pass as
bytes and are never parsed. What is not in the table goes to the control plane (FastAPI) untouched; what the gateway
answers itself passes the same gates and goes on with an internal token addressed to the gateway.
"""

import asyncio
from collections.abc import Callable, Mapping
from datetime import datetime

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.gateway.forwarding.api.access_line import AccessLines
from services.gateway.forwarding.api.bodies import ClientGoneError, Watch, streamed, whole
from services.gateway.forwarding.api.limits import Limits
from services.gateway.forwarding.api.passports import Named, Passports
from services.gateway.forwarding.api.problems import problem_for
from services.gateway.forwarding.api.token_limits import LINES, Addresses
from services.gateway.forwarding.api.visits import Visit
from services.gateway.forwarding.clients.alarms import Alarms
from services.gateway.forwarding.clients.upstream import (
    Upstream,
    UpstreamError,
    UpstreamUnavailableError,
)
from services.gateway.forwarding.domain.errors import RefusedError
from services.gateway.forwarding.domain.headers import read_request
from services.gateway.forwarding.domain.load import Load
from services.gateway.forwarding.domain.matching import RouteTable
from services.gateway.forwarding.domain.operations import LOCAL, Operation
from services.kit import deadlines
from services.kit.application import problem_of
from services.kit.correlation import HEADER
from services.kit.logs import log
from services.kit.problems import Problem

_GONE, _UNAUTHORISED = 499, 401


class DataPlane:
    """The outermost layer of the gateway.

    Args:
        table: Every published operation, the gateway's own included.
        upstreams: By service, with its base URL.
        passports: Verifies tokens and writes internal ones.
        limits: Counts calls.
        addresses: Says where calls come from that name no client.
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
        limits: Limits,
        addresses: Addresses,
        control: ASGIApp,
        lines: AccessLines,
        now: Callable[[], datetime],
    ) -> None:
        self._table, self._upstreams, self._passports = table, upstreams, passports
        self._limits, self._addresses = limits, addresses
        self._control, self._lines, self._now = control, lines, now
        self._load = Load()
        self._alarms = Alarms()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._control(scope, receive, send)
            return
        visit = Visit(scope, receive, send, self._now())
        try:
            visit.headers = read_request(scope["headers"])
            methods = self._table.match(scope["raw_path"])
            if methods is None:
                await self._hand_over(_inside(scope), visit)
                return
            operation = visit.choose(methods)
            service, size = operation.service, visit.held_size(operation)
            self._load.enter(service, size)
            try:
                if service == LOCAL:
                    await self._answer_here(operation, visit)
                    return  # the control plane's edge has written its own line
                await self._forward(operation, visit)
            finally:
                self._load.leave(service, size)
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

    async def _answer_here(self, operation: Operation, visit: Visit) -> None:
        """Let an operation of the gateway's own through the gates, and hand it to the control plane."""
        scope = _inside(visit.scope, operation.deadline_s)
        if operation.scopes:
            authorization = await self._admitted(operation, visit)
            headers = [header for header in scope["headers"] if header[0] != b"authorization"]
            scope = {**scope, "headers": [*headers, (b"authorization", authorization)]}
        else:
            await self._count_address(operation, visit)
        await self._hand_over(scope, visit)

    async def _hand_over(self, scope: Scope, visit: Visit) -> None:
        """Let the control plane answer; header lines about limits are added to what it says."""
        noted = visit.limits = [*visit.limits]
        scope = {**scope, "state": {**scope.get("state", {}), LINES: noted}}

        async def send(message: Message) -> None:
            if noted and message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *noted]
            await visit.send(message)

        await self._control(scope, visit.receive, send)

    async def _count_address(self, operation: Operation, visit: Visit) -> None:
        """Count a call that names no client; one that its route counts by what it names is left to the route."""
        limited = self._limits.by_address(operation)
        if limited is not None:
            visit.limits = await self._limits.count(limited, self._addresses.of(visit.scope), visit.at)

    async def _admitted(self, operation: Operation, visit: Visit) -> bytes:
        """Pass the gates; return the Authorization header for the service."""
        headers, scope = visit.headers, visit.scope
        passport = await self._passports.of(headers.authorization, visit.at)
        visit.client_id = passport.bearer.client_id
        await self._passports.prove(
            passport, headers.authorization, headers.dpop, scope["method"], scope["raw_path"], visit.at
        )
        visit.limits = await self._limits.charge(passport.bearer, operation, visit.at)
        named = Named(headers.purpose, headers.acting_for)
        return await self._passports.let_through(passport, operation, named, visit.at)

    async def _forward(self, operation: Operation, visit: Visit) -> None:
        passed = visit.headers.passed
        if operation.scopes:
            passed.append((b"authorization", await self._admitted(operation, visit)))
        else:
            await self._count_address(operation, visit)
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


def _inside(scope: Scope, deadline_s: float | None = None) -> Scope:
    """Return a request as the control plane sees it.

    HEAD is the GET that it stands for (the server keeps the body back by itself), and how long the work may take is
    said by the gateway alone.
    """
    headers = [header for header in scope["headers"] if header[0] != deadlines.HEADER]
    if deadline_s is not None:
        headers.append((deadlines.HEADER, b"%d" % (deadline_s * 1000)))
    return {**scope, "method": "GET" if scope["method"] == "HEAD" else scope["method"], "headers": headers}
