"""One request on its way through the data plane."""

from collections.abc import Mapping
from datetime import datetime
from itertools import count
from secrets import token_hex
from time import perf_counter

from starlette.types import Message, Receive, Scope, Send

from services.gateway.forwarding.api.access_line import Line
from services.gateway.forwarding.api.bodies import LARGEST_BODY
from services.gateway.forwarding.clients.upstream import Answer, Call
from services.gateway.forwarding.domain.errors import AddressTooLongError, MalformedHeaderError
from services.gateway.forwarding.domain.headers import Headers, RequestHeaders, response_lines
from services.gateway.forwarding.domain.operations import Operation
from services.kit import problems
from services.kit.correlation import HEADER, request_id
from services.kit.logs import log
from services.kit.problems import Problem, language_of, render

LONGEST_QUERY = 16_384
_ALWAYS = (b"x-content-type-options", b"nosniff")
_PROCESS, _NUMBERS = token_hex(8), count(1)


def _next_id() -> str:
    """Return a request id of the kit's shape: this process's own 64 bits and a number, which costs no system call."""
    return f"{_PROCESS}{next(_NUMBERS):016x}"


class Visit:
    """One request on its way through."""

    __slots__ = (
        "_request_id", "at", "client_id", "error", "headers", "limits", "operation", "receive", "scope", "send",
        "started", "status",
    )  # fmt: skip

    def __init__(self, scope: Scope, receive: Receive, send: Send, at: datetime) -> None:
        self.scope, self.receive, self.send, self.at = scope, receive, send, at
        self.started = perf_counter()
        self.headers = _NONE_YET
        self.operation: Operation | None = None
        self.client_id: str | None = None
        self.error: str | None = None
        self.limits: Headers = _NO_LINES
        self.status = 0
        self._request_id: str | None = None

    @property
    def request_id(self) -> str:
        """What ties the log lines and the answer together: the caller's own id where it sent a fit one."""
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

    def held_size(self, operation: Operation) -> int:
        """Return the most bytes of the body that will be held in memory."""
        headers = self.headers
        if headers.bodiless or operation.streaming:
            return 0
        return LARGEST_BODY if headers.length is None else min(headers.length, LARGEST_BODY)

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
        lines += self.limits
        self.status = answer.status
        start: Message = {"type": "http.response.start", "status": answer.status, "headers": lines}
        if answer.body is not None:
            await self.send(start)
            await self.send({"type": "http.response.body", "body": answer.body})
            return
        try:
            await self.send(start)
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
        response.raw_headers.extend(self.limits)
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


_NO_LINES: Headers = []
_NONE_YET = RequestHeaders()
"""Stands for the headers of a request that have not been read; nothing is ever added to it, nor to `_NO_LINES`."""
