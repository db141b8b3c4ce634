"""Sessions over HTTP."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit import clock, etags
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.fields import CivilDate
from services.kit.pages import Page
from services.kit.routes import Router, documented
from services.training.courses.api import problems
from services.training.courses.api.edges import cut, patched
from services.training.courses.contract.catalogue import Session, SessionPage, SessionPatch, SessionRequest
from services.training.courses.contract.fields import Region
from services.training.courses.domain import catalogue
from services.training.courses.domain.errors import SessionNotFoundError
from services.training.courses.operations.amend_session import amend_session as amend
from services.training.courses.operations.publish_session import publish_session as publish
from services.training.courses.store import sessions

router = Router(tags=["catalogue"])


@router.post(
    "/v1/sessions",
    status_code=201,
    operation_id="publish_session",
    responses=documented(problems.UNIT_UNKNOWN, problems.REFERENCE_UNKNOWN),
)
async def publish_session(
    *,
    body: SessionRequest,
    caller: Annotated[Caller, requires("courses:write", personal=False)],
    session: WriteSession,
    now: clock.Now,
    response: Response,
) -> Session:
    """Open a session of a programme, with every seat free."""
    draft = catalogue.SessionDraft(**body.model_dump())
    made = await publish(session, draft, at=now, organisation=caller.rows_of("courses"))
    response.headers["location"] = f"/v1/sessions/{made.id}"
    return _answer(made, response)


@router.get("/v1/sessions", operation_id="list_sessions")
async def list_sessions(
    *,
    request: Request,
    response: Response,
    _caller: Annotated[Caller, requires("courses:read", personal=False)],
    session: ReadSession,
    page: Page,
    region: Annotated[Region | None, Query()] = None,
    level: Annotated[catalogue.Level | None, Query()] = None,
    institution_id: Annotated[UUID | None, Query()] = None,
    programme_id: Annotated[UUID | None, Query()] = None,
    state: Annotated[catalogue.SessionState | None, Query()] = None,
    starts_from: Annotated[CivilDate | None, Query(alias="from", description="Earliest first day")] = None,
) -> SessionPage:
    """List sessions by first day."""
    wanted = sessions.SessionFilter(region, level, institution_id, programme_id, state, starts_from)
    after = (date.fromisoformat(page.after[0]), UUID(page.after[1])) if page.after else None
    records = await sessions.page(session, wanted, after=after, limit=page.limit + 1)
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.starts_on, record.id])
    return SessionPage(items=[_view(record) for record in kept], next=cursor)


@router.get("/v1/sessions/{session_id}", operation_id="read_session")
async def read_session(
    *,
    session_id: UUID,
    _caller: Annotated[Caller, requires("courses:read", personal=False)],
    session: ReadSession,
    response: Response,
) -> Session:
    """Read a session with its seats."""
    found = await sessions.find(session, session_id)
    if found is None:
        raise SessionNotFoundError
    return _answer(found, response)


@router.patch(
    "/v1/sessions/{session_id}",
    operation_id="amend_session",
    responses=documented(
        problems.UNIT_UNKNOWN,
        problems.CAPACITY_BELOW_ENROLLED,
        problems.TRANSITION_REFUSED,
        problems.OVERLAPPING_COURSE,
    ),
)
async def amend_session(
    *,
    session_id: UUID,
    patch: SessionPatch,
    caller: Annotated[Caller, requires("courses:write", personal=False)],
    version: etags.IfMatch,
    session: WriteSession,
    now: clock.Now,
    response: Response,
) -> Session:
    """Amend a session (JSON Merge Patch). Cancelling it gives back every seat and ends every application."""
    found = await sessions.find(session, session_id, organisation=caller.rows_of("courses"))
    if found is None:
        raise SessionNotFoundError
    draft = patched(SessionRequest, _view(found), patch)
    made = await amend(session, session_id, catalogue.SessionDraft(**draft.model_dump()), version=version, at=now)
    return _answer(made, response)


def _answer(record: catalogue.Session, response: Response) -> Session:
    response.headers["etag"] = etags.etag(record.version)
    return _view(record)


def _view(record: catalogue.Session) -> Session:
    return Session.model_validate(record, from_attributes=True)
