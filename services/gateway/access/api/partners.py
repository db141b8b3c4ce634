"""Organisations, what was done to their rights, and the catalogue that agreements are made of."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Request, Response

from services.gateway.access.api import partner_problems as refusals
from services.gateway.access.api.dependencies import Recorded
from services.gateway.access.api.partner_views import (
    Administered,
    Administrator,
    Anyone,
    Visible,
    agreement_body,
    change_body,
    client_body,
    cut,
    partner_body,
)
from services.gateway.access.contract.partners import (
    CatalogueBody,
    CatalogueEntry,
    NewPartner,
    OwnBody,
    PartnerBody,
    PartnerPage,
    PartnerPatch,
    RightsChangePage,
)
from services.gateway.access.domain.approvals import Kind
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.operations.add_partner import add_partner as add
from services.gateway.access.operations.amend_partner import amend_partner as amend
from services.gateway.access.reference import catalogue
from services.gateway.access.store import agreements, approvals, partner_clients, partners, rights_changes
from services.kit import etags
from services.kit.clock import Now, Today
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import LARGEST_PAGE, Page
from services.kit.routes import Router, documented

router = Router(tags=["partners"])
_ACCEPTED = 202
PROPOSED: dict[int | str, dict[str, Any]] = {
    202: {"description": "A right would grow: proposed, in `Location`, until a second person approves it"}
}


@router.get("/v1/data-catalogue", operation_id="read_data_catalogue")
async def read_data_catalogue(_caller: Anyone) -> CatalogueBody:
    """Return what agreements can be about: resources, actions and fields, in French, Arabic and English."""
    return CatalogueBody(
        items=[
            CatalogueEntry.model_validate(
                {
                    "resource": resource.name,
                    "label": resource.label,
                    "personal": resource.personal,
                    "own_rows": resource.shape.rows,
                    "actions": resource.actions,
                    "fields": resource.fields,
                }
            )
            for resource in catalogue.resources().values()
        ],
        next=None,
    )


@router.get("/v1/partners/me", operation_id="read_own_partner")
async def read_own_partner(caller: Anyone, session: ReadSession, on: Today, at: Now) -> OwnBody:
    """Return the caller's own organisation with its clients and agreements (the first 200 of each)."""
    found = await partners.find_by_code(session, caller.organisation)
    if found is None:
        raise UnknownPartnerError
    clients = await partner_clients.page(session, found.id, after=None, limit=LARGEST_PAGE, at=at)
    waiting = await approvals.open_targets(
        session, (Kind.CLIENT, Kind.CLIENT_REACTIVATION), [client.id for client in clients]
    )
    agreed = await agreements.page(session, found.id, limit=LARGEST_PAGE)
    return OwnBody(
        partner=partner_body(found),
        clients=[client_body(client, proposed=client.id in waiting) for client in clients],
        agreements=[agreement_body(agreement, on) for agreement in agreed],
    )


@router.get("/v1/partners", operation_id="list_partners")
async def list_partners(
    *, request: Request, response: Response, _caller: Administrator, session: ReadSession, page: Page
) -> PartnerPage:
    """List organisations by code."""
    records = await partners.page(session, after=page.after[0] if page.after else None, limit=page.limit + 1)
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.code])
    return PartnerPage(items=[partner_body(record) for record in kept], next=cursor)


@router.post("/v1/partners", status_code=201, operation_id="add_partner", responses=documented(refusals.PARTNER_EXISTS))
async def add_partner(
    *, body: NewPartner, response: Response, _caller: Administrator, by: Recorded, session: WriteSession, at: Now
) -> PartnerBody:
    """Take an organisation in; it has no client, no agreement and no right yet."""
    made = await add(session, code=body.code, name=body.name, kind=body.kind, by=by, at=at)
    response.headers["location"] = f"/v1/partners/{made.id}"
    response.headers["etag"] = etags.etag(made.version)
    return partner_body(made)


@router.get("/v1/partners/{partner_id}", operation_id="read_partner")
async def read_partner(partner: Visible, response: Response) -> PartnerBody:
    """Read an organisation: one's own, or any for whoever administers partners."""
    response.headers["etag"] = etags.etag(partner.version)
    return partner_body(partner)


@router.patch(
    "/v1/partners/{partner_id}",
    operation_id="amend_partner",
    responses={**documented(refusals.ALREADY_PROPOSED), **PROPOSED},
)
async def amend_partner(
    *,
    patch: PartnerPatch,
    response: Response,
    partner: Administered,
    version: etags.IfMatch,
    by: Recorded,
    session: WriteSession,
    at: Now,
) -> PartnerBody:
    """Rename an organisation, stop it with all its clients at once, or propose that it goes on."""
    made, approval = await amend(
        session,
        partner.id,
        name=partner.name if patch.name is None else patch.name,
        active=partner.active if patch.active is None else patch.active,
        version=version,
        by=by,
        at=at,
    )
    if approval is not None:
        response.status_code = _ACCEPTED
        response.headers["location"] = f"/v1/approvals/{approval.id}"
    response.headers["etag"] = etags.etag(made.version)
    return partner_body(made)


@router.get("/v1/partners/{partner_id}/history", operation_id="list_rights_changes")
async def list_rights_changes(
    *,
    request: Request,
    response: Response,
    partner: Visible,
    session: ReadSession,
    page: Page,
    target: Annotated[str | None, Query(max_length=64, description="Of one client or agreement alone")] = None,
) -> RightsChangePage:
    """List what was done to an organisation, its clients and agreements: by whom, when, and what they said then."""
    records = await rights_changes.page(
        session,
        partner.id,
        target=target,
        after=UUID(page.after[0]) if page.after else None,
        limit=page.limit + 1,
    )
    kept, cursor = cut(records, page, request, response, key=lambda record: [str(record.id)])
    return RightsChangePage(items=[change_body(record) for record in kept], next=cursor)
