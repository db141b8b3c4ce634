"""A small service of notes about persons: the kit's tables, one table of its own, four routes."""

from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from fastapi import Depends, FastAPI, Query, Request, Response
from hypothesis import HealthCheck, settings
from sqlalchemy import create_engine, text

from services.background import changes, job_routes, jobs
from services.kit import audit, clock, etags, migrations
from services.kit.application import build
from services.kit.audit import Trail
from services.kit.callers import Caller, requires
from services.kit.database import Database, ReadSession, WriteSession
from services.kit.fields import CivilDate, StrictModel, Text
from services.kit.pages import Page, next_cursor
from services.kit.problems import ProblemType, problem_type
from services.kit.routes import Router
from services.kit.settings import ServiceSettings
from services.stack.stores import Store, clone_store, create_store, drop_database
from tests.support.asgi import client_of, settings_for
from tests.support.callers import trust_test_keys
from tests.support.server import Databases

SILENCED = problem_type("silenced", 409, ("Tu", "صامت", "Silenced"), ("Rien", "لا شيء", "Say nothing"))
NOTE_EXISTS = problem_type("note-exists", 409, ("Existe", "موجود", "Exists"), ("Changez", "غير", "Change it"))
EVERY_TABLE = (
    migrations.create_audit_v1,
    migrations.create_idempotency_v1,
    migrations.create_changes_v1,
    migrations.create_feed_cursor_v1,
    migrations.create_jobs_v1,
)


# A machine that is busy with something else is not a counterexample.
settings.register_profile("kit", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("kit")


class SilencedError(Exception):
    pointer = "/body"
    code = "silenced"
    extensions = {"how_long_s": 3}  # noqa: RUF012  # read only


class NoteBody(StrictModel):
    person_id: UUID
    body: Text
    on: CivilDate | None = None


router = Router()


@router.post("/v1/notes", status_code=201, operation_id="write_note")
async def write_note(
    note: NoteBody,
    caller: Annotated[Caller, requires("notes:write")],
    session: WriteSession,
    trail: Annotated[Trail, Depends(audit.trail)],
    response: Response,
) -> dict[str, Any]:
    """Store a note."""
    trail.about(note.person_id)
    if note.body == "silence":
        raise SilencedError
    if note.body == "bug":
        raise ZeroDivisionError
    number = await session.scalar(
        text("INSERT INTO note (person_id, body) VALUES (:person, :body) RETURNING id"),
        {"person": note.person_id, "body": note.body},
    )
    await changes.append(session, subject=note.person_id, kind="note.written", version=number or 0, payload={"n": 1})
    response.headers["location"] = f"/v1/notes/{number}"
    return {"id": number, "by": caller.client_id}


@router.get("/v1/notes", operation_id="list_notes")
async def list_notes(
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("notes:read", personal=False)],
    session: ReadSession,
    page: Page,
    word: Annotated[str | None, Query(max_length=20)] = None,
) -> dict[str, Any]:
    """List notes."""
    after = page.after[0] if page.after else 0
    rows = await session.execute(
        text("SELECT id, body FROM note WHERE id > :after AND body LIKE :word ORDER BY id LIMIT :limit"),
        {"after": after, "limit": page.limit + 1, "word": f"%{word or ''}%"},
    )
    items = [{"id": row.id, "body": row.body} for row in rows]
    more = [items[page.limit - 1]["id"]] if len(items) > page.limit else None
    return {"items": items[: page.limit], "next": next_cursor(request, response, more), "asker": caller.client_id}


@router.get("/v1/persons/{person_id}/notes", operation_id="read_notes")
async def read_notes(
    person_id: UUID,
    caller: Annotated[Caller, requires("notes:read")],
    trail: Annotated[Trail, Depends(audit.trail)],
    today: clock.Today,
) -> dict[str, Any]:
    """Read a person's notes, without a session."""
    trail.about(person_id)
    return {"asker": caller.client_id, "today": today.isoformat()}


@router.put("/v1/notes/{note_id}", operation_id="replace_note")
async def replace_note(
    note_id: int, version: etags.IfMatch, caller: Annotated[Caller, requires("notes:write", personal=False)]
) -> dict[str, Any]:
    """Replace a note."""
    if version != 1:
        raise etags.VersionConflictError
    return {"id": note_id, "by": caller.client_id}


@router.post("/v1/work", status_code=202, operation_id="start_work")
async def start_work(
    caller: Annotated[Caller, requires("notes:write", personal=False)], session: WriteSession
) -> dict[str, str]:
    """Queue a job."""
    return {"id": (await jobs.enqueue(session, store="notes", kind="count", arguments={"upto": 3}, caller=caller)).id}


@pytest.fixture(scope="session")
def notes_template(databases: Databases) -> Store:
    """The notes service's database, made by the kit's own migrations."""
    store = create_store(databases.server, "notes")
    engine = create_engine(store.owner_url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        context = MigrationContext.configure(connection)
        with Operations.context(context):
            for create in EVERY_TABLE:
                create()
        connection.execute(text("CREATE TABLE alembic_version (version_num text)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('0001')"))
        connection.execute(
            text(
                "CREATE TABLE note (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, person_id uuid NOT NULL,"
                " body text NOT NULL, CONSTRAINT uq_note UNIQUE (person_id, body) DEFERRABLE INITIALLY DEFERRED)"
            )
        )
    engine.dispose()
    return store


@pytest.fixture
def notes_store(databases: Databases, notes_template: Store) -> Iterator[Store]:
    """A fresh notes database."""
    copy = clone_store(databases.server, "notes", "notes_copy")
    yield copy
    drop_database(databases.server, copy.name)


@pytest.fixture
async def database(notes_store: Store) -> AsyncIterator[Database]:
    """Connections to it."""
    opened = Database(notes_store.url, pool_size=6)
    yield opened
    await opened.close()


@pytest.fixture
def app(notes_store: Store) -> FastAPI:
    """The notes service."""
    refusals: dict[type[Exception], ProblemType] = {SilencedError: SILENCED}
    built = build(
        "notes",
        settings=ServiceSettings(**settings_for(notes_store)),
        routers=[router, job_routes.router],
        refusals=refusals,
        constraints={"uq_note": NOTE_EXISTS},
        schema_head="0001",
    )
    trust_test_keys(built, "notes")
    return built


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A client of it."""
    async with client_of(app) as opened:
        yield opened
