"""Institutions over HTTP."""

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
from services.training.courses.contract.catalogue import (
    Institution,
    InstitutionPage,
    InstitutionPatch,
    InstitutionRequest,
)
from services.training.courses.contract.fields import Region, Unit
from services.training.courses.domain import catalogue
from services.training.courses.domain.errors import InstitutionNotFoundError
from services.training.courses.operations.amend_institution import amend_institution as amend
from services.training.courses.operations.publish_institution import publish_institution as publish
from services.training.courses.store import institutions

router = Router(tags=["catalogue"])


@router.post(
    "/v1/institutions",
    status_code=201,
    operation_id="publish_institution",
    responses=documented(problems.UNIT_UNKNOWN),
)
async def publish_institution(
    *,
    body: InstitutionRequest,
    caller: Annotated[Caller, requires("courses:write", personal=False)],
    session: WriteSession,
    now: clock.Now,
    response: Response,
) -> Institution:
    """Put an institution into the catalogue."""
    made = await publish(
        session, catalogue.InstitutionDraft(**body.model_dump()), organisation=caller.organisation, at=now
    )
    response.headers["location"] = f"/v1/institutions/{made.id}"
    return _answer(made, response)


@router.get("/v1/institutions", operation_id="list_institutions")
async def list_institutions(
    *,
    request: Request,
    response: Response,
    _caller: Annotated[Caller, requires("courses:read", personal=False)],
    session: ReadSession,
    page: Page,
    region: Annotated[Region | None, Query()] = None,
    unit: Annotated[Unit | None, Query()] = None,
    kind: Annotated[catalogue.InstitutionKind | None, Query()] = None,
) -> InstitutionPage:
    """List institutions in the order they were published."""
    records = await institutions.page(
        session,
        region=region,
        unit_code=unit,
        kind=kind,
        after=UUID(page.after[0]) if page.after else None,
        limit=page.limit + 1,
    )
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.id])
    return InstitutionPage(items=[_view(record) for record in kept], next=cursor)


@router.get("/v1/institutions/{institution_id}", operation_id="read_institution")
async def read_institution(
    *,
    institution_id: UUID,
    _caller: Annotated[Caller, requires("courses:read", personal=False)],
    session: ReadSession,
    response: Response,
) -> Institution:
    """Read an institution."""
    found = await institutions.find(session, institution_id)
    if found is None:
        raise InstitutionNotFoundError
    return _answer(found, response)


@router.patch(
    "/v1/institutions/{institution_id}",
    operation_id="amend_institution",
    responses=documented(problems.UNIT_UNKNOWN),
)
async def amend_institution(
    *,
    institution_id: UUID,
    patch: InstitutionPatch,
    caller: Annotated[Caller, requires("courses:write", personal=False)],
    version: etags.IfMatch,
    session: WriteSession,
    response: Response,
) -> Institution:
    """Amend an institution (JSON Merge Patch)."""
    found = await institutions.find(session, institution_id, organisation=caller.rows_of("courses"))
    if found is None:
        raise InstitutionNotFoundError
    draft = patched(InstitutionRequest, _view(found), patch)
    made = await amend(session, institution_id, catalogue.InstitutionDraft(**draft.model_dump()), version=version)
    return _answer(made, response)


def _answer(record: catalogue.Institution, response: Response) -> Institution:
    response.headers["etag"] = etags.etag(record.version)
    return _view(record)


def _view(record: catalogue.Institution) -> Institution:
    return Institution.model_validate(record, from_attributes=True)
