"""One way to build a service's application: edges, refusals, probes and its published OpenAPI document."""

import hashlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import orjson
from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from fastapi.routing import iter_route_contexts
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.exceptions import HTTPException

from services.kit import audit, http, probes, problems
from services.kit.database import Database
from services.kit.edge import Edge
from services.kit.etags import VersionConflictError
from services.kit.idempotency import AnswerSeal
from services.kit.problems import FieldError, Problem, ProblemType, respond
from services.kit.settings import ServiceSettings
from services.kit.tokens import INTERNAL_ISSUER, FetchedKeys, TokenVerifier

Handler = Callable[[Request, Exception], Awaitable[Response]]
_PASSING_TROUBLE = frozenset({"55P03", "57014", "40001", "40P01", "53300", "57P01", "57P02", "57P03", "08006", "25P03"})
"""SQLSTATEs that say nothing about the input: locks, timeouts, serialisation, too many connections, shutdown."""
_PASSING_ERRORS = (
    OSError,  # TimeoutError among them
    PoolTimeoutError,
    asyncpg.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.InvalidCachedStatementError,  # a migration has just changed a table
)
_WITHOUT_THE_INPUT = {
    "union_tag_invalid": "Give one of the documented kinds",
    "uuid_parsing": "Give a UUID",
}
"""Messages in place of those of pydantic that repeat a part of what was sent."""


def build(
    name: str,
    *,
    settings: ServiceSettings,
    routers: Sequence[APIRouter],
    refusals: Mapping[type[Exception], ProblemType] | None = None,
    constraints: Mapping[str, ProblemType] | None = None,
    types: Iterable[ProblemType] = (),
    schema_head: str | None = None,
    description: str = "",
) -> FastAPI:
    """Return a service's application.

    `app.state` holds `settings`, `database`, `verifier`, `pseudonyms`, `answer_seal`, `draining`; connections open at
    first need, so a test may use the application in-process without running its lifespan, and closes
    `app.state.database` itself.

    Args:
        name: The service's name; the audience of its tokens is `svc:<name>`.
        settings: The service's settings.
        routers: The areas' routers.
        refusals: Which problem each of the domain's exceptions becomes.
        constraints: Which problem the breach of each database constraint becomes.
        types: Further problem types that the service's routes raise themselves.
        schema_head: The migration that the schema must stand at for the service to be ready.
        description: For the OpenAPI document.
    """
    refusals, constraints = refusals or {}, constraints or {}
    database = Database(settings.database_url.get_secret_value(), pool_size=settings.database_pool_size)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await database.close()

    app = FastAPI(
        title=f"Indimaj {name}",
        version="1.0.0",
        description=description,
        lifespan=lifespan,
        openapi_url=None,  # published by the gateway; a service itself shows it to nobody
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        separate_input_output_schemas=False,
        # FastAPI's own telemetry would export paths, query strings and the messages of errors.
        telemetry={"tracing": False, "metrics": False, "logs": False, "auto_configure": False},
    )
    state = app.state
    state.settings, state.database, state.draining, state.schema_head = settings, database, False, schema_head
    pseudonym_key = bytes.fromhex(settings.pseudonym_key.get_secret_value())
    state.pseudonyms = audit.Pseudonyms(pseudonym_key)
    state.cursor_key = hashlib.sha256(b"cursor" + pseudonym_key).digest()
    state.answer_seal = AnswerSeal(hashlib.sha256(b"answers" + pseudonym_key).digest())
    keys = FetchedKeys(lambda: http.fetch_json(f"{settings.gateway_url}/internal/jwks.json"))
    state.verifier = TokenVerifier(keys, issuer=INTERNAL_ISSUER, audience=f"svc:{name}")

    app.include_router(probes.router)
    for router in routers:
        app.include_router(router)
    published = {kind.slug: kind for kind in (*problems.GENERAL, *refusals.values(), *constraints.values(), *types)}
    _install_handlers(app, refusals, constraints)
    app.openapi = lambda: _document(app, published.values())  # type: ignore[method-assign]  # FastAPI's own extension point
    app.add_middleware(Edge)
    return app


def _install_handlers(
    app: FastAPI, refusals: Mapping[type[Exception], ProblemType], constraints: Mapping[str, ProblemType]
) -> None:
    app.add_exception_handler(VersionConflictError, _refusal(problems.VERSION_CONFLICT))
    for exception, kind in refusals.items():
        app.add_exception_handler(exception, _refusal(kind))

    async def on_database(request: Request, error: Exception) -> Response:
        problem = problem_of(error, constraints)
        if problem.type is problems.UNEXPECTED:
            raise error
        return respond(request, problem)

    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(RequestValidationError, _on_invalid)
    app.add_exception_handler(HTTPException, _on_http)
    for trouble in (DBAPIError, PoolTimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
        app.add_exception_handler(trouble, on_database)


def _refusal(kind: ProblemType) -> Handler:
    """Return the handler that shows one of the domain's exceptions as its problem."""

    async def handle(request: Request, error: Exception) -> Response:
        pointer = getattr(error, "pointer", None)
        code = getattr(error, "code", kind.slug.replace("-", "_"))
        errors = [FieldError(pointer, code, kind.remedy["en"])] if pointer is not None else []
        passing = kind.status == problems.UNAVAILABLE.status
        retry = {"retry-after": str(getattr(error, "retry_after_s", 1))} if passing else {}
        return respond(request, Problem(kind, errors, retry, getattr(error, "extensions", {})))

    return handle


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101  # registered for this type alone
    return respond(request, error)


async def _on_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  # registered for this type alone
    return respond(request, Problem(problems.INVALID, list(field_errors(error.errors()))))


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  # registered for this type alone
    headers = {name.lower(): value for name, value in (error.headers or {}).items()}
    if error.status_code == problems.METHOD_NOT_ALLOWED.status:
        headers["allow"] = ", ".join(sorted(_methods(request)))
    return respond(request, Problem(problems.of_status(error.status_code), headers=headers))


def problem_of(error: Exception, constraints: Mapping[str, ProblemType]) -> Problem:
    """Say what a failing statement means to the caller.

    A breached constraint has its own problem; passing trouble is 503; anything else is ours, and 500.
    """
    cause: BaseException = error.orig.__cause__ or error.orig if isinstance(error, DBAPIError) and error.orig else error
    if isinstance(error, IntegrityError) or isinstance(cause, asyncpg.IntegrityConstraintViolationError):
        name = getattr(cause, "constraint_name", None) or ""
        return Problem(constraints.get(name, problems.CONFLICT))
    unfit = isinstance(cause, asyncpg.InterfaceError) and isinstance(cause, ValueError)  # refused before it was sent
    if unfit or isinstance(cause, asyncpg.DataError):
        return Problem(problems.INVALID)
    lost = isinstance(error, DBAPIError) and error.connection_invalidated
    if lost or getattr(cause, "sqlstate", None) in _PASSING_TROUBLE or isinstance(cause, _PASSING_ERRORS):
        return Problem(problems.UNAVAILABLE, headers={"retry-after": "1"})
    return Problem(problems.UNEXPECTED)


def field_errors(errors: Iterable[Mapping[str, Any]]) -> Iterable[FieldError]:
    """Turn pydantic's errors into pointers and codes; never with the input."""
    for error in list(errors)[:50]:
        place = [str(part) for part in error["loc"]]
        kind, parts = place[0], place[1:]
        if kind == "body":
            pointer = "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in parts)
        else:
            pointer = ("?" if kind == "query" else "") + ".".join(parts)
        code = str(error["type"])
        yield FieldError(pointer, code, _WITHOUT_THE_INPUT.get(code) or re.sub(r"\s+", " ", str(error["msg"])))


def _methods(request: Request) -> set[str]:
    """Return every method some route offers at this path; Starlette names only the first route's."""
    path = request.url.path
    found: set[str] = set()
    for context in iter_route_contexts(request.app.routes):
        if context.path_regex is not None and context.path_regex.match(path):
            found.update(context.methods or ())
    return found


def _document(app: FastAPI, types: Iterable[ProblemType]) -> dict[str, Any]:
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            openapi_version="3.1.0",
        )
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        for unused in ("HTTPValidationError", "ValidationError"):
            schemas.pop(unused, None)
        schemas["Problem"] = orjson.loads((Path(__file__).parent / "schema" / "problem.json").read_bytes())
        document["x-problems"] = problems.describe(types)
        app.openapi_schema = document
    return app.openapi_schema
