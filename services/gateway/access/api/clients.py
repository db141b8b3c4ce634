"""Clients of an organisation: made, changed, given new secrets, stopped."""

import secrets
from datetime import timedelta

from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.api import partner_problems as refusals
from services.gateway.access.api.dependencies import Recorded
from services.gateway.access.api.partner_views import Administered, ClientName, Visible, client_body, cut, patched
from services.gateway.access.api.partners import PROPOSED
from services.gateway.access.contract.partners import (
    ClientBody,
    ClientPage,
    ClientPatch,
    ClientTerms,
    Decision,
    IssuedClientBody,
    NewClient,
    Rotation,
)
from services.gateway.access.domain.approvals import Kind
from services.gateway.access.domain.clients import PartnerClient
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.domain.records import Organisation
from services.gateway.access.operations.add_partner_client import add_partner_client as add
from services.gateway.access.operations.amend_partner_client import amend_partner_client as amend
from services.gateway.access.operations.revoke_client import revoke_client as revoke
from services.gateway.access.operations.rotate_secret import rotate_secret as rotate
from services.gateway.access.store import approvals, partner_clients
from services.kit import etags
from services.kit.clock import Now, Today
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page
from services.kit.routes import Router, documented

router = Router(tags=["partners"])
_PLACE = "/v1/partners/{partner_id}/clients"
_WAITING = (Kind.CLIENT, Kind.CLIENT_REACTIVATION)
_ACCEPTED = 202


@router.get(_PLACE, operation_id="list_clients")
async def list_clients(
    *, request: Request, response: Response, partner: Visible, session: ReadSession, page: Page, at: Now
) -> ClientPage:
    """List an organisation's clients by id."""
    after = page.after[0] if page.after else None
    records = await partner_clients.page(session, partner.id, after=after, limit=page.limit + 1, at=at)
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.id])
    waiting = await approvals.open_targets(session, _WAITING, [record.id for record in kept])
    return ClientPage(items=[client_body(record, proposed=record.id in waiting) for record in kept], next=cursor)


@router.post(
    _PLACE,
    status_code=201,
    operation_id="add_client",
    responses=documented(refusals.CLIENT_EXISTS, refusals.CLIENT_UNFIT, refusals.SCOPE_UNKNOWN),
)
async def add_client(
    *,
    body: NewClient,
    request: Request,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    on: Today,
    at: Now,
) -> IssuedClientBody:
    """Make a client; its secret is shown this once.

    With scopes beyond what the organisation's agreements cover it is `proposed`, and gets no token until a second
    person approves it.
    """
    client_id = body.client_id or f"{partner.code[:40]}-{secrets.token_hex(4)}"
    made, secret, approval = await add(
        session,
        organisation_id=partner.id,
        client_id=client_id,
        draft=partner_clients.draft_of(body.model_dump(mode="json")),
        by=by,
        on=on,
        at=at,
    )
    response.headers["location"] = f"/v1/partners/{partner.id}/clients/{made.id}"
    answer = IssuedClientBody(
        **client_body(made, proposed=approval is not None).model_dump(),
        client_secret=secret,
        approval_id=None if approval is None else approval.id,
    )
    return await _issued(answer, made, request, response, session)


@router.get(f"{_PLACE}/{{client_id}}", operation_id="read_client")
async def read_client(
    *, client_id: ClientName, response: Response, partner: Visible, session: ReadSession, at: Now
) -> ClientBody:
    """Read a client; secrets are not kept, and shown when they are made alone."""
    return await _answer(session, partner, client_id, response, at)


@router.patch(
    f"{_PLACE}/{{client_id}}",
    operation_id="amend_client",
    responses={
        **documented(refusals.CLIENT_UNFIT, refusals.SCOPE_UNKNOWN, refusals.ALREADY_PROPOSED, refusals.OWN_SECRET),
        **PROPOSED,
    },
)
async def amend_client(
    *,
    client_id: ClientName,
    patch: ClientPatch,
    response: Response,
    partner: Administered,
    version: etags.IfMatch,
    by: Recorded,
    session: WriteSession,
    on: Today,
    at: Now,
) -> ClientBody:
    """Change a client: at once where its rights do not grow, else 202 and a proposal of the whole change."""
    found = await _found(session, partner, client_id, at)
    terms = patched(ClientTerms, client_body(found, proposed=False), patch)
    if patch.active is False:
        if found.version != version:
            raise etags.VersionConflictError
        await revoke(session, organisation_id=partner.id, client_id=client_id, reason=None, by=by, at=at)
        return await _answer(session, partner, client_id, response, at)
    _, approval = await amend(
        session,
        organisation_id=partner.id,
        client_id=client_id,
        draft=partner_clients.draft_of(terms.model_dump(mode="json")),
        active=found.active if patch.active is None else patch.active,
        version=version,
        by=by,
        on=on,
        at=at,
    )
    if approval is not None:
        response.status_code = _ACCEPTED
        response.headers["location"] = f"/v1/approvals/{approval.id}"
    return await _answer(session, partner, client_id, response, at)


@router.post(
    f"{_PLACE}/{{client_id}}/rotate",
    operation_id="rotate_client_secret",
    responses=documented(refusals.NO_SECRET, refusals.OWN_SECRET),
)
async def rotate_client_secret(
    *,
    client_id: ClientName,
    body: Rotation,
    request: Request,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    at: Now,
) -> IssuedClientBody:
    """Make a new secret, shown this once; the old one works on for `overlap_hours`."""
    made, secret = await rotate(
        session,
        organisation_id=partner.id,
        client_id=client_id,
        overlap=timedelta(hours=body.overlap_hours),
        by=by,
        at=at,
    )
    waiting = await approvals.open_targets(session, _WAITING, [client_id])
    answer = IssuedClientBody(
        **client_body(made, proposed=bool(waiting)).model_dump(), client_secret=secret, approval_id=None
    )
    return await _issued(answer, made, request, response, session)


@router.post(f"{_PLACE}/{{client_id}}/revoke", operation_id="revoke_client")
async def revoke_client(
    *,
    client_id: ClientName,
    body: Decision,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    at: Now,
) -> ClientBody:
    """Stop a client at once, with its secrets and tokens; it goes on only by a second person's approval."""
    await revoke(session, organisation_id=partner.id, client_id=client_id, reason=body.reason, by=by, at=at)
    return await _answer(session, partner, client_id, response, at)


async def _issued(
    answer: IssuedClientBody, made: PartnerClient, request: Request, response: Response, session: AsyncSession
) -> IssuedClientBody:
    """Return the answer with its secret; what is kept for an Idempotency-Key is the answer without it.

    A secret is never stored, and a kept answer would store it for a day.
    """
    response.headers["etag"] = etags.etag(made.version)
    response.headers["cache-control"] = "no-store"
    state = request.state
    if state.claim is not None and state.claim.claimed:
        kept = answer.model_copy(update={"client_secret": None}).model_dump_json()
        headers = {name: response.headers[name] for name in ("location", "etag") if name in response.headers}
        status = 201 if "location" in headers else 200
        await state.claim.keep(session, Response(kept, status, headers, media_type="application/json"))
        state.claim = None
    return answer


async def _found(session: AsyncSession, partner: Organisation, client_id: str, at: Now) -> PartnerClient:
    found = await partner_clients.find(session, partner.id, client_id, at=at)
    if found is None:
        raise UnknownPartnerError
    return found


async def _answer(
    session: AsyncSession, partner: Organisation, client_id: str, response: Response, at: Now
) -> ClientBody:
    found = await _found(session, partner, client_id, at)
    response.headers["etag"] = etags.etag(found.version)
    waiting = await approvals.open_targets(session, _WAITING, [client_id])
    return client_body(found, proposed=bool(waiting))
