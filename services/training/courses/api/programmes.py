"""Programmes over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit import clock, etags
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page
from services.kit.routes import Router, documented
from services.training.courses.api import problems
from services.training.courses.api.edges import cut, patched
from services.training.courses.contract.catalogue import Programme, ProgrammePage, ProgrammePatch, ProgrammeRequest
from services.training.courses.contract.fields import Region
from services.training.courses.domain import catalogue
from services.training.courses.domain.errors import ProgrammeNotFoundError
from services.training.courses.operations.amend_programme import amend_programme as amend
from services.training.courses.operations.publish_programme import publish_programme as publish
from services.training.courses.store import programmes

router = Router(tags=["catalogue"])
REFUSALS = documented(problems.ADMISSION_RULE_UNFIT, problems.APPRENTICESHIP_SHARES, problems.REFERENCE_UNKNOWN)


@router.post("/v1/programmes", status_code=201, operation_id="publish_programme", responses=REFUSALS)
async def publish_programme(
    *,
    body: ProgrammeRequest,
    caller: Annotated[Caller, requires("courses:write", personal=False)],
    session: WriteSession,
    now: clock.Now,
    today: clock.Today,
    response: Response,
) -> Programme:
    """Put a programme of an institution into the catalogue."""
    made = await publish(session, _draft(body), on=today, at=now, organisation=caller.rows_of("courses"))
    response.headers["location"] = f"/v1/programmes/{made.id}"
    return _answer(made, response)


@router.get("/v1/programmes", operation_id="list_programmes")
async def list_programmes(
    *,
    request: Request,
    response: Response,
    _caller: Annotated[Caller, requires("courses:read", personal=False)],
    session: ReadSession,
    page: Page,
    region: Annotated[Region | None, Query(description="Region of the institution")] = None,
    level: Annotated[catalogue.Level | None, Query()] = None,
    mode: Annotated[catalogue.Mode | None, Query()] = None,
    institution_id: Annotated[UUID | None, Query()] = None,
) -> ProgrammePage:
    """List programmes in the order they were published."""
    records = await programmes.page(
        session,
        region=region,
        level=level,
        mode=mode,
        institution_id=institution_id,
        after=UUID(page.after[0]) if page.after else None,
        limit=page.limit + 1,
    )
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.id])
    return ProgrammePage(items=[_view(record) for record in kept], next=cursor)


@router.get("/v1/programmes/{programme_id}", operation_id="read_programme")
async def read_programme(
    *,
    programme_id: UUID,
    _caller: Annotated[Caller, requires("courses:read", personal=False)],
    session: ReadSession,
    response: Response,
) -> Programme:
    """Read a programme."""
    found = await programmes.find(session, programme_id)
    if found is None:
        raise ProgrammeNotFoundError
    return _answer(found, response)


@router.patch("/v1/programmes/{programme_id}", operation_id="amend_programme", responses=REFUSALS)
async def amend_programme(
    *,
    programme_id: UUID,
    patch: ProgrammePatch,
    caller: Annotated[Caller, requires("courses:write", personal=False)],
    version: etags.IfMatch,
    session: WriteSession,
    today: clock.Today,
    response: Response,
) -> Programme:
    """Amend a programme (JSON Merge Patch); admissions already decided stay as they were."""
    found = await programmes.find(session, programme_id, organisation=caller.rows_of("courses"))
    if found is None:
        raise ProgrammeNotFoundError
    draft = _draft(patched(ProgrammeRequest, _view(found), patch))
    return _answer(await amend(session, programme_id, draft, version=version, on=today), response)


def _draft(body: ProgrammeRequest) -> catalogue.ProgrammeDraft:
    said = body.model_dump()
    said["languages"] = tuple(body.languages)
    said["admission_rule"] = body.admission_rule or catalogue.usual_admission_rule(body.mode)
    return catalogue.ProgrammeDraft(**said)


def _answer(record: catalogue.Programme, response: Response) -> Programme:
    response.headers["etag"] = etags.etag(record.version)
    return _view(record)


def _view(record: catalogue.Programme) -> Programme:
    return Programme.model_validate(record, from_attributes=True)
