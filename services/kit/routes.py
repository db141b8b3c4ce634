"""Strict routes: what is read before a handler runs and what is written before its answer leaves."""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params
from fastapi.params import Param
from fastapi.routing import APIRoute

from services.kit import audit, callers, problems, strict_json
from services.kit.database import Database
from services.kit.etags import required_version
from services.kit.idempotency import Claim, ReplayError
from services.kit.problems import FieldError, Problem, ProblemType

LARGEST_BODY = 1024 * 1024
JSON_TYPES = frozenset({"application/json", "application/merge-patch+json"})
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
        self.personal = _depends_on(self.dependant, callers.personal_caller)
        extra = dict(self.openapi_extra or {})
        if self.personal:
            extra["x-personal-data"] = True
        self.openapi_extra = extra
        self.responses = {**self._general_responses(places), **self.responses}

    def get_route_handler(self) -> Handler:
        """Return the handler with its frame."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            state = request.state
            state.session = state.caller = state.claim = None
            state.trail = audit.Trail(self.unique_id, state.request_id, request.app.state.pseudonyms)
            try:
                self._check_parameters(request)
                await self._read_body(request)
                response = await inner(request)
                await self._finish(request, response)
            except ReplayError as replay:
                return replay.response
            except Exception as error:
                await self._leave_refusal(request, error)
                raise
            return response

        return handler

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
        if self.body_field is not None:
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
        key = request.headers.get("idempotency-key")
        if key is not None and request.method == "POST":
            request.state.claim = Claim(f"{self.unique_id} {request.url.path}", key, body)

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
        """Write the audit row of a refused access; one that nobody authenticated has no person to name."""
        state = request.state
        if not self.personal or state.caller is None or state.trail.written:
            return
        state.trail.caller = state.caller
        name = error.type.slug if isinstance(error, Problem) else type(error).__name__
        await state.trail.write_alone(await _database(request).pool(), f"refused:{name}")

    def _general_responses(self, places: Mapping[str, Sequence[str]]) -> dict[int | str, dict[str, Any]]:
        types: list[ProblemType] = [problems.BAD_REQUEST, problems.UNKNOWN_PARAMETER, problems.UNAVAILABLE]
        if _depends_on(self.dependant, callers.plain_caller):
            types += [problems.UNAUTHENTICATED, problems.INSUFFICIENT_SCOPE]
        if self.personal:
            types += [problems.PURPOSE_REQUIRED, problems.PURPOSE_NOT_AGREED]
        if "path" in places:
            types.append(problems.NOT_FOUND)
        if self.body_field is not None:
            types += [problems.TOO_LARGE, problems.UNSUPPORTED_MEDIA]
        if self.body_field is not None or places:
            types.append(problems.INVALID)
        if "POST" in (self.methods or ()):
            types += [problems.IDEMPOTENCY_IN_PROGRESS, problems.IDEMPOTENCY_MISMATCH, problems.CONFLICT]
        if _depends_on(self.dependant, required_version):
            types += [problems.PRECONDITION_REQUIRED, problems.VERSION_CONFLICT, problems.CONFLICT]
        return documented(*types)


class Router(APIRouter):
    """A router of strict routes."""

    def __init__(self, **options: Any) -> None:
        super().__init__(route_class=StrictRoute, redirect_slashes=False, **options)


def _parameters(dependant: Dependant) -> Mapping[str, list[str]]:
    """Return the names of a route's parameters by where they stand: path, query, header, cookie."""
    places: dict[str, list[str]] = {}
    for parameter in get_flat_params(dependant):
        info = parameter.field_info
        if isinstance(info, Param):
            places.setdefault(info.in_.value, []).append(parameter.alias)
    return places


def _depends_on(dependant: Dependant, call: Callable[..., Any]) -> bool:
    return any(inner.call is call or _depends_on(inner, call) for inner in dependant.dependencies)


async def _bounded(request: Request) -> bytes:
    """Read the body up to the limit; what is longer is not read."""
    declared = request.headers.get("content-length", "")
    if declared.isdigit() and int(declared) > LARGEST_BODY:
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


def _database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database
