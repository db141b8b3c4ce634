"""Routes that meet trouble: statements that hang, break or do not fit, answers that fail half way."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response
from fastapi.responses import StreamingResponse
from sqlalchemy import text

from services.kit import audit
from services.kit.application import build
from services.kit.audit import Trail
from services.kit.callers import Caller, requires
from services.kit.database import Database, ReadSession, WriteSession
from services.kit.fields import StrictModel, Text
from services.kit.problems import ProblemType, problem_type
from services.kit.routes import Router
from services.kit.settings import ServiceSettings
from services.stack.stores import Store
from tests.kit.conftest import NOTE_EXISTS, SILENCED, SilencedError
from tests.kit.conftest import router as notes
from tests.support.asgi import settings_for
from tests.support.callers import trust_test_keys

AWAY = problem_type("facts-unavailable", 503, ("Absent", "غائب", "Away"), ("Attendez", "انتظر", "Wait"))
router = Router()
Writer = Annotated[Caller, requires("notes:write", personal=False)]
Reader = Annotated[Caller, requires("notes:read")]


class AwayError(Exception):
    """Facts are nowhere to be had."""


class Statement(StrictModel):
    sql: Text
    number: int | None = None


@router.post("/v1/statements", operation_id="run_statement")
async def run_statement(statement: Statement, caller: Writer, session: WriteSession) -> dict[str, Any]:
    """Run one statement in the request's transaction."""
    values = {"n": statement.number} if ":n" in statement.sql else {}
    return {"value": str((await session.execute(text(statement.sql), values)).scalar())}


@router.post("/v1/hot-statements", operation_id="run_hot_statement")
async def run_hot_statement(statement: Statement, caller: Writer, request: Request) -> dict[str, Any]:
    """Run one statement on the pool for hot reads."""
    database: Database = request.app.state.database
    values = [] if statement.number is None else [statement.number]
    return {"value": str(await (await database.pool()).fetchval(statement.sql, *values))}


@router.get("/v1/hot/{person_id}", operation_id="read_hot")
async def read_hot(
    person_id: UUID, caller: Reader, request: Request, trail: Annotated[Trail, Depends(audit.trail)], fail: bool = False
) -> dict[str, Any]:
    """Write the audit row in the statement of the read, as the quickest routes do."""
    trail.about(person_id)
    trail.caller = caller
    pool = await request.app.state.database.pool()
    value = await pool.fetchval(f"WITH row AS ({audit.INSERT}) SELECT 1", *trail.values())
    trail.written = True
    if fail:
        raise SilencedError
    return {"value": value}


@router.get("/v1/persons/{person_id}/cold", operation_id="read_cold")
async def read_cold(
    person_id: UUID, caller: Reader, session: ReadSession, trail: Annotated[Trail, Depends(audit.trail)]
) -> dict[str, Any]:
    """Read in a transaction."""
    trail.about(person_id)
    return {"value": await session.scalar(text("SELECT 1"))}


@router.post("/v1/streams", status_code=202, operation_id="take_stream")
async def take_stream(
    request: Request, caller: Writer, session: WriteSession, mode: Annotated[str, Query(max_length=9)] = "commit"
) -> dict[str, Any]:
    """Read the body by itself, as an import does."""
    size = 0
    async for part in request.stream():
        size += len(part)
    return {"size": size, "mode": mode, "at": str(await session.scalar(text("SELECT clock_timestamp()")))}


@router.post("/v1/open-door", operation_id="open_door")
async def open_door(session: WriteSession) -> dict[str, Any]:
    """Write for somebody who need not say who she is."""
    return {"at": str(await session.scalar(text("SELECT clock_timestamp()")))}


@router.get("/v1/halves", operation_id="read_half")
async def read_half(caller: Writer) -> Response:
    """Fail after the answer has begun."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise ZeroDivisionError

    return StreamingResponse(parts())


@router.get("/v1/away", operation_id="read_away")
async def read_away(caller: Writer) -> None:
    """Depend on somebody who is away."""
    raise AwayError


@router.get("/v1/teapots", operation_id="read_teapot")
async def read_teapot(caller: Writer) -> None:
    """Refuse as the framework does."""
    raise HTTPException(418, headers={"X-Spout": "short"})


@router.get("/v1/{name}/items", operation_id="list_items")
async def list_items(name: str, caller: Writer) -> dict[str, str]:
    """Take a path parameter and nothing else."""
    return {"name": name}


def troubled(store: Store, **settings: Any) -> FastAPI:
    """The notes service with the routes of this module."""
    refusals: dict[type[Exception], ProblemType] = {SilencedError: SILENCED, AwayError: AWAY}
    built = build(
        "notes",
        settings=ServiceSettings(**settings_for(store, **settings)),
        routers=[notes, router],
        refusals=refusals,
        constraints={"uq_note": NOTE_EXISTS},
    )
    trust_test_keys(built, "notes")
    return built
