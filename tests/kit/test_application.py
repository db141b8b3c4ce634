"""How a service is put together: refusals, the edge, and what it never tells anybody."""

import asyncio
from collections.abc import Iterator
from typing import Annotated, Any, Literal
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest
from fastapi import FastAPI
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from services.kit import problems
from services.kit.application import build, field_errors, problem_of
from services.kit.callers import Caller, requires
from services.kit.correlation import request_id
from services.kit.database import ReadSession, WriteSession
from services.kit.problems import ProblemType
from services.kit.routes import Router, StrictRoute, documented
from services.kit.settings import ServiceSettings
from services.stack.stores import Store
from tests.kit.conftest import NOTE_EXISTS
from tests.kit.serving import serving
from tests.kit.troubles import AWAY, troubled
from tests.support.asgi import settings_for
from tests.support.callers import bearer

WRITE = bearer("notes:write", service="notes")
CANARY = "Aminata-Canary"


@pytest.fixture
def app(notes_store: Store) -> FastAPI:
    """The notes service and its troubles."""
    return troubled(notes_store)


def breach(name: str | None) -> asyncpg.PostgresError:
    """An error as PostgreSQL sends it for a breached constraint."""
    error = asyncpg.UniqueViolationError()
    error.constraint_name = name
    return error


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (breach("uq_note"), NOTE_EXISTS),
        (breach("uq_other"), problems.CONFLICT),
        (breach(None), problems.CONFLICT),
        (asyncpg.NumericValueOutOfRangeError(), problems.INVALID),
        (asyncpg.exceptions.DataError(), problems.INVALID),
        (asyncpg.LockNotAvailableError(), problems.UNAVAILABLE),
        (asyncpg.QueryCanceledError(), problems.UNAVAILABLE),
        (asyncpg.SerializationError(), problems.UNAVAILABLE),
        (asyncpg.DeadlockDetectedError(), problems.UNAVAILABLE),
        (asyncpg.TooManyConnectionsError(), problems.UNAVAILABLE),
        (asyncpg.AdminShutdownError(), problems.UNAVAILABLE),
        (asyncpg.CannotConnectNowError(), problems.UNAVAILABLE),
        (asyncpg.IdleInTransactionSessionTimeoutError(), problems.UNAVAILABLE),
        (asyncpg.ConnectionDoesNotExistError(), problems.UNAVAILABLE),
        (asyncpg.InvalidCachedStatementError(), problems.UNAVAILABLE),
        (asyncpg.InterfaceError("pool is closing"), problems.UNAVAILABLE),
        (ConnectionRefusedError(), problems.UNAVAILABLE),
        (TimeoutError(), problems.UNAVAILABLE),
        (PoolTimeoutError(), problems.UNAVAILABLE),
        (DBAPIError("SELECT 1", {}, ValueError(), connection_invalidated=True), problems.UNAVAILABLE),
        (DBAPIError("SELECT 1", {}, ValueError()), problems.UNEXPECTED),
        (asyncpg.UndefinedTableError(), problems.UNEXPECTED),
        (asyncpg.InsufficientPrivilegeError(), problems.UNEXPECTED),
    ],
    ids=lambda value: value.slug if isinstance(value, ProblemType) else type(value).__name__,
)
def test_each_failure_of_the_database_has_its_problem(error: Exception, problem: ProblemType) -> None:
    found = problem_of(error, {"uq_note": NOTE_EXISTS})
    assert found.type is problem
    assert found.headers == ({"retry-after": "1"} if problem is problems.UNAVAILABLE else {})


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]
    id: UUID | None = None
    names: dict[str, int] = {}


Pet = TypeAdapter(Annotated[Cat | Dog, Field(discriminator="kind")])


def errors_of(value: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(ValidationError) as refusal:
        Pet.validate_python(value)
    located = [{**error, "loc": ("body", *error["loc"])} for error in refusal.value.errors()]
    return [(error.pointer, error.code, error.detail) for error in field_errors(located)]


def test_pointers_follow_rfc_6901_and_no_message_repeats_the_input() -> None:
    assert errors_of({"kind": CANARY}) == [("", "union_tag_invalid", "Give one of the documented kinds")]
    assert errors_of({"kind": "dog", "id": CANARY}) == [("/dog/id", "uuid_parsing", "Give a UUID")]
    [(pointer, code, _)] = errors_of({"kind": "dog", "names": {"a/b~c": CANARY}})
    assert (pointer, code) == ("/dog/names/a~1b~0c", "int_parsing")


@pytest.mark.parametrize(
    ("loc", "pointer"),
    [(("query", "limit"), "?limit"), (("path", "id"), "id"), (("header", "if-match"), "if-match"), (("body",), "")],
)
def test_a_pointer_says_where_in_the_request(loc: tuple[str, ...], pointer: str) -> None:
    [error] = field_errors([{"loc": loc, "type": "missing", "msg": "Field\n required"}])
    assert (error.pointer, error.detail) == (pointer, "Field required")


def test_at_most_fifty_errors_are_told() -> None:
    assert len(list(field_errors([{"loc": ("body", n), "type": "x", "msg": "y"} for n in range(500)]))) == 50


async def test_a_refusal_that_passes_says_when_to_try_again(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/away", headers=WRITE)
    assert (answer.status_code, answer.json()["code"], answer.headers["retry-after"]) == (503, AWAY.slug, "1")
    assert "errors" not in answer.json()


async def test_a_refusal_of_the_framework_is_a_problem_too_and_keeps_its_headers(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/teapots", headers=WRITE)
    assert (answer.status_code, answer.json()["code"], answer.headers["x-spout"]) == (418, "http-418", "short")
    assert answer.headers["content-type"] == "application/problem+json"


async def test_an_answer_that_breaks_half_way_is_not_made_to_look_whole(app: FastAPI) -> None:
    async with serving(app) as url, httpx.AsyncClient(trust_env=False) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await client.get(f"{url}/v1/halves", headers=WRITE)
        assert (await client.get(f"{url}/livez")).status_code == 200


async def test_a_body_of_a_length_that_is_no_number_is_measured_while_it_is_read(client: httpx.AsyncClient) -> None:
    for length, status in (("²", 422), ("9" * 5000, 413), ("1048577", 413), ("-1", 422), ("", 422)):
        headers = {**WRITE, "content-type": "application/json", "content-length": length.encode("latin-1")}
        request = client.build_request("POST", "/v1/notes", content=b"{}", headers=list(headers.items()))  # type: ignore[arg-type]  # bytes are what a hostile header is
        assert (await client.send(request)).status_code == status


async def test_an_empty_body_is_missing_and_not_malformed(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", headers=WRITE)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (422, "missing")


async def test_the_lifespan_closes_the_connections(app: FastAPI) -> None:
    await app.state.database.pool()
    heard: list[str] = []
    said: Iterator[dict[str, str]] = iter([{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}])

    async def receive() -> Any:
        await asyncio.sleep(0)
        return next(said)

    async def send(message: Any) -> None:
        heard.append(message["type"])

    await app({"type": "lifespan", "asgi": {"version": "3.0"}, "state": {}}, receive, send)
    assert heard == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
    assert app.state.database._pool is None


def test_the_frameworks_own_telemetry_is_off_even_when_the_environment_asks(
    notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    built = build("notes", settings=ServiceSettings(**settings_for(notes_store)), routers=[])
    assert [built._telemetry[name] for name in ("tracing", "metrics", "logs", "auto_configure")] == [False] * 4


@pytest.mark.parametrize("session", [ReadSession, WriteSession])
def test_a_route_that_opens_a_session_before_it_knows_the_caller_is_refused_at_start(session: Any) -> None:
    async def backwards(session: session, caller: Annotated[Caller, requires("notes:read")]) -> None:
        """Ask for things in the wrong order."""

    with pytest.raises(TypeError, match="the caller comes before the session"):
        Router().get("/v1/x", operation_id="backwards")(backwards)


def test_problems_of_one_status_share_their_place_in_the_document() -> None:
    responses = documented(problems.CONFLICT, NOTE_EXISTS, problems.NOT_FOUND)
    assert responses[409]["description"] == "`conflict`; `note-exists`"
    assert responses[404]["description"] == "`not-found`"


def test_a_route_documents_what_its_own_shape_can_bring(app: FastAPI) -> None:
    statuses = {
        (method.upper(), path): set(operation["responses"])
        for path, item in app.openapi()["paths"].items()
        for method, operation in item.items()
    }
    assert "404" in statuses["GET", "/v1/{name}/items"]
    assert "404" not in statuses["POST", "/v1/statements"]
    assert {"412", "428"} <= statuses["PUT", "/v1/notes/{note_id}"]
    assert not {"412", "428"} & statuses["POST", "/v1/notes"]
    assert not {"401", "403"} & statuses["POST", "/v1/open-door"]
    assert {"413", "415"} <= statuses["POST", "/v1/notes"]
    assert not {"413", "415", "422"} & statuses["GET", "/v1/away"]


def test_a_request_id_that_is_a_uuid_is_taken_over() -> None:
    kept = "0199a0c1-0000-4000-8000-0000000000aa"
    assert request_id({"headers": [(b"accept", b"*/*"), (b"x-request-id", kept.encode())]}) == kept


@pytest.mark.parametrize("sent", [b"short", b"Diallo-Awa-1990", b"a" * 36, b"line\nbreak-x", "é".encode() * 8, b""])
def test_any_other_request_id_is_replaced(sent: bytes) -> None:
    assert str(UUID(request_id({"headers": [(b"x-request-id", sent)]}))).encode() != sent


async def test_personal_routes_are_those_that_need_a_purpose(app: FastAPI, client: httpx.AsyncClient) -> None:
    document = app.openapi()["paths"]
    for path, item in document.items():
        for method, operation in item.items():
            personal = operation.get("x-personal-data", False)
            url = path.format(person_id=uuid4(), note_id=1, name="a")
            headers = bearer("notes:read", "notes:write", service="notes", purpose=None)
            if personal and method == "get":
                assert (await client.request(method, url, headers=headers)).json()["code"] == "purpose-required"
    assert any(operation.get("x-personal-data") for item in document.values() for operation in item.values())
    assert issubclass(StrictRoute, Router().route_class)
