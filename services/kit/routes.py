"""Strict routes: what is read before a handler runs and what is written before its answer leaves."""

import re
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param
from fastapi.routing import APIRoute

from services.kit import audit, callers, problems, sharing, strict_json
from services.kit.database import Database, read_session, write_session
from services.kit.etags import read_version
from services.kit.idempotency import Claim, ReplayError
from services.kit.problems import FieldError, Problem, ProblemType

LARGEST_BODY = 1024 * 1024
_LONGEST_LENGTH = 12  # digits: more are not worth reading as a number
NOT_MODIFIED = 304
MOST_ERRORS = 50
JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})
_HASH = re.compile("[0-9a-f]{64}")
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


def documented(*types: ProblemType) -> dict[int | str, dict[str, Any]]:
    """Return problems as OpenAPI responses, by status; pass it as a route's `responses`."""
    responses: dict[int | str, dict[str, Any]] = {}
    for kind in types:
        known = responses.get(kind.status)
        description = f"{known['description']}; `{kind.slug}`" if known else f"`{kind.slug}`"
        content = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
        responses[kind.status] = {"description": description, "content": content}
    return responses


class StrictRoute(APIRoute):
    """A route that refuses what it does not name, honours idempotency keys and leaves audit rows."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options)
        places = _parameters(self.dependant)
        self.parameter_names = frozenset(places.get("query", ()))
        calls = list(_calls(self.dependant))
        self.personal = callers.personal_caller in calls
        self.guarded = callers.plain_caller in calls
        sessions = [calls.index(call) for call in (write_session, read_session) if call in calls]
        if self.guarded and sessions and min(sessions) < calls.index(callers.plain_caller):
            raise TypeError(f"{self.unique_id}: the caller comes before the session, nobody opens one unknown")
        self.versioned = read_version in calls
        extra = dict(self.openapi_extra or {})
        self.sharing = sharing.Sharing.declared(extra)
        if self.personal:
            extra["x-personal-data"] = True
        self.openapi_extra = extra
        self.responses = {**self._general_responses(places), **self.responses}

    def get_route_handler(self) -> Handler:
        """Return the handler with its frame."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            state = request.state
            state.session = state.caller = state.claim = state.fields = None
            state.restrict = partial(self._restrict, request)
            state.trail = audit.Trail(self.unique_id, state.request_id, request.app.state.pseudonyms)
            state.leave_refusal = partial(self._leave_refusal, request)
            try:
                self._check_parameters(request)
                await self._read_body(request)
                response = await inner(request)
                await self._finish(request, response)
                return self.show(request, response)
            except ReplayError as replay:
                await self._leave_row(request, "replayed")
                return self.show(request, replay.response)
            except Exception as error:
                await self._leave_refusal(request, error)
                raise

        return handler

    def show(self, request: Request, response: Response) -> Response:
        """Return an answer as it may be shown: without fields that are not agreed, and not again to who holds it.

        What cannot be read is not shown at all: the error ends the request, and with it what it has done.
        """
        fields, headers = request.state.fields, response.headers
        if fields is not None and not self.sharing.whole and response.body:
            document = orjson.loads(response.body)
            shown = sharing.redact(document, self.sharing, fields)
            if shown is not document:
                response.body = orjson.dumps(shown)
                headers["content-length"] = str(len(response.body))
                if "etag" in headers:
                    headers["etag"] = f'{headers["etag"][:-1]}-{sharing.tag(fields)}"'
        held = request.headers.get("if-none-match") if request.method == "GET" else None
        if held is not None and held == headers.get("etag"):
            return Response(status_code=NOT_MODIFIED, headers={"etag": held})
        return response

    def _restrict(self, request: Request, fields: sharing.Fields | None) -> None:
        """Hold a question against what is agreed.

        Raises:
            Problem: 403, with a pointer for each member that asks for, asks by or writes another field.
        """
        request.state.fields = fields
        if fields is None:
            return
        body = getattr(request, "_json", None)
        pointers = self.sharing.refused(body if isinstance(body, dict) else (), request.query_params, fields)
        if pointers:
            errors = [FieldError(pointer, "field_not_agreed", "Leave it out") for pointer in pointers[:MOST_ERRORS]]
            raise Problem(problems.FIELD_NOT_AGREED, errors)

    def _check_parameters(self, request: Request) -> None:
        seen: set[str] = set()
        for name, _ in request.query_params.multi_items():
            if name not in self.parameter_names:
                error = FieldError(
                    "?", "unknown_parameter", f"Allowed: {', '.join(sorted(self.parameter_names)) or 'none'}"
                )
                raise Problem(problems.UNKNOWN_PARAMETER, [error])
            if name in seen:
                raise Problem(
                    problems.UNKNOWN_PARAMETER, [FieldError(f"?{name}", "repeated_parameter", "Give it once")]
                )
            seen.add(name)

    async def _read_body(self, request: Request) -> None:
        """Read and parse the JSON body strictly; FastAPI then finds it already parsed."""
        body = b""
        key = request.headers.get("idempotency-key") if request.method == "POST" else None
        if self.body_field is None and key is not None:
            body = await _comparable(request)
        elif self.body_field is not None:
            body = await _bounded(request)
            if body:
                media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
                if media_type not in JSON_TYPES:
                    raise Problem(problems.UNSUPPORTED_MEDIA)
                try:
                    request._json = strict_json.loads(body)  # noqa: SLF001  # the cache that Starlette's json() reads
                except strict_json.MalformedJsonError as error:
                    place = FieldError(error.pointer, error.code, "Send plain JSON in UTF-8")
                    raise Problem(problems.BAD_REQUEST, [place]) from None
        if key is not None:
            # The gateway adds facts to some bodies: it names the partner's own, which the key means, by its hash.
            named = request.headers.get("idempotency-fingerprint", "")
            asked = request.scope["query_string"] + b"\n" + (named.encode() if _HASH.fullmatch(named) else body)
            seal = request.app.state.answer_seal
            request.state.claim = Claim(f"{self.unique_id} {request.url.path}", key, asked, seal)

    async def _finish(self, request: Request, response: Response) -> None:
        """Write the audit row and keep the answer for a replay, before the transaction commits."""
        state = request.state
        if self.personal and not state.trail.written:
            state.trail.caller = state.caller
            if state.session is not None:
                await state.trail.write(state.session)
            else:
                await state.trail.write_alone(await _database(request).pool())
        if state.claim is not None and state.claim.claimed:
            await state.claim.keep(state.session, response)

    async def _leave_refusal(self, request: Request, error: Exception) -> None:
        """Write the audit row of a refused access."""
        name = error.type.slug if isinstance(error, Problem) else type(error).__name__
        await self._leave_row(request, f"refused:{name}")

    async def _leave_row(self, request: Request, outcome: str) -> None:
        """Write the audit row in a transaction of its own; an access that nobody authenticated has nobody to name."""
        state = request.state
        there = state.trail.written and state.session is None  # what stood in the request's transaction went with it
        if not self.personal or state.caller is None or there:
            return
        state.trail.caller = state.caller
        await state.trail.write_alone(await _database(request).pool(), outcome)

    def _general_responses(self, places: Mapping[str, Sequence[str]]) -> dict[int | str, dict[str, Any]]:
        types: list[ProblemType] = [problems.BAD_REQUEST, problems.UNKNOWN_PARAMETER, problems.UNAVAILABLE]
        if self.guarded:
            types += [problems.UNAUTHENTICATED, problems.INSUFFICIENT_SCOPE]
        if self.personal:
            types += [
                problems.PURPOSE_REQUIRED,
                problems.PURPOSE_NOT_AGREED,
                problems.RESOURCE_NOT_AGREED,
                problems.FIELD_NOT_AGREED,
            ]
        if "path" in places:
            types.append(problems.NOT_FOUND)
        if self.body_field is not None:
            types += [problems.TOO_LARGE, problems.UNSUPPORTED_MEDIA]
        if self.body_field is not None or places:
            types.append(problems.INVALID)
        if "POST" in (self.methods or ()):
            types += [problems.IDEMPOTENCY_IN_PROGRESS, problems.IDEMPOTENCY_MISMATCH, problems.CONFLICT]
        if self.versioned:
            types += [problems.PRECONDITION_REQUIRED, problems.VERSION_CONFLICT, problems.CONFLICT]
        return documented(*types)


class Router(APIRouter):
    """A router of strict routes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=StrictRoute, redirect_slashes=False, **options)


def _parameters(dependant: Dependant) -> Mapping[str, list[str]]:
    """Return the names of a route's parameters by where they stand: path, query, header, cookie."""
    places: dict[str, list[str]] = {}
    known = [(one.alias, one.field_info) for one in get_flat_params(dependant) if isinstance(one.field_info, Param)]
    for alias, info in known:
        places.setdefault(info.in_.value, []).append(alias)
    return places


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    """Yield a route's dependencies in the order in which they are called."""
    for inner in dependant.dependencies:
        yield from _calls(inner)
        yield inner.call


async def _bounded(request: Request) -> bytes:
    """Read the body up to the limit; what is longer is not read."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and (len(declared) > _LONGEST_LENGTH or int(declared) > LARGEST_BODY):
        raise Problem(problems.TOO_LARGE, headers={"connection": "close"})
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > LARGEST_BODY:
            raise Problem(problems.TOO_LARGE, headers={"connection": "close"})
        parts.append(part)
    body = b"".join(parts)
    request._body = body  # noqa: SLF001  # the cache that Starlette's body() reads
    return body


async def _comparable(request: Request) -> bytes:
    """Return the body that a handler reads by itself, so that a repeated key can be held against it."""
    try:
        return await _bounded(request)
    except Problem as problem:
        error = FieldError("Idempotency-Key", "idempotency_key_needs_small_body", "Send over 1 MiB without this header")
        raise Problem(problems.BAD_REQUEST, [error], problem.headers) from None


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database
