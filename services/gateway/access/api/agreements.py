"""Agreements of an organisation: proposed, approved by somebody else, narrowed, ended."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.gateway.access.api import partner_problems as refusals
from services.gateway.access.api.approvals import EFFECTS, REJECTED
from services.gateway.access.api.dependencies import Recorded
from services.gateway.access.api.partner_views import (
    Administered,
    Visible,
    agreement_body,
    cut,
    patched,
)
from services.gateway.access.contract.partners import (
    AgreementBody,
    AgreementPage,
    AgreementPatch,
    Decision,
    NewAgreement,
)
from services.gateway.access.domain.agreements import Agreement, AgreementState, Entry, Terms
from services.gateway.access.domain.approvals import Kind
from services.gateway.access.domain.errors import AgreementStateError, TermsRefusedError, UnknownPartnerError
from services.gateway.access.operations.approve_change import approve_change
from services.gateway.access.operations.end_agreement import end_agreement as end
from services.gateway.access.operations.narrow_agreement import narrow_agreement as narrow
from services.gateway.access.operations.propose_agreement import propose_agreement as propose
from services.gateway.access.operations.reject_change import reject_change
from services.gateway.access.store import agreements, approvals
from services.kit import etags
from services.kit.clock import Now, Today
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page
from services.kit.periods import ImpossibleDateError, Period
from services.kit.routes import Router, documented

router = Router(tags=["partners"])
_PLACE = "/v1/partners/{partner_id}/agreements"


@router.get(_PLACE, operation_id="list_agreements")
async def list_agreements(
    *,
    request: Request,
    response: Response,
    partner: Visible,
    session: ReadSession,
    page: Page,
    on: Today,
    state: Annotated[AgreementState | None, Query()] = None,
    in_force: Annotated[bool, Query(description="Only those that give something today")] = False,  # a query parameter
) -> AgreementPage:
    """List an organisation's agreements in the order in which they were proposed."""
    records = await agreements.page(
        session,
        partner.id,
        state=state,
        in_force_on=on if in_force else None,
        after=UUID(page.after[0]) if page.after else None,
        limit=page.limit + 1,
    )
    kept, cursor = cut(records, page, request, response, key=lambda record: [str(record.id)])
    return AgreementPage(items=[agreement_body(record, on) for record in kept], next=cursor)


@router.post(_PLACE, status_code=201, operation_id="propose_agreement", responses=documented(refusals.AGREEMENT_UNFIT))
async def propose_agreement(
    *,
    body: NewAgreement,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    on: Today,
    at: Now,
) -> AgreementBody:
    """Propose an agreement; it gives nothing until a second person approves it."""
    made = await propose(session, organisation_id=partner.id, terms=_terms(body), by=by, at=at)
    response.headers["location"] = f"/v1/partners/{partner.id}/agreements/{made.id}"
    response.headers["etag"] = etags.etag(made.version)
    return agreement_body(made, on)


@router.get(f"{_PLACE}/{{agreement_id}}", operation_id="read_agreement")
async def read_agreement(
    *, agreement_id: UUID, response: Response, partner: Visible, session: ReadSession, on: Today
) -> AgreementBody:
    """Read an agreement."""
    found = await _found(session, partner.id, agreement_id)
    response.headers["etag"] = etags.etag(found.version)
    return agreement_body(found, on)


@router.patch(
    f"{_PLACE}/{{agreement_id}}",
    operation_id="narrow_agreement",
    responses=documented(refusals.AGREEMENT_WIDENS, refusals.AGREEMENT_STATE, refusals.AGREEMENT_UNFIT),
)
async def narrow_agreement(
    *,
    agreement_id: UUID,
    patch: AgreementPatch,
    response: Response,
    partner: Administered,
    version: etags.IfMatch,
    by: Recorded,
    session: WriteSession,
    on: Today,
    at: Now,
) -> AgreementBody:
    """Narrow an agreement: fewer purposes, resources, actions, fields, rows or days; it acts at once.

    What would give more is a new proposal.
    """
    found = await _found(session, partner.id, agreement_id)
    terms = _terms(patched(NewAgreement, agreement_body(found, on), patch))
    made = await narrow(
        session,
        organisation_id=partner.id,
        agreement_id=agreement_id,
        terms=terms,
        version=version,
        by=by,
        at=at,
    )
    response.headers["etag"] = etags.etag(made.version)
    return agreement_body(made, on)


@router.post(
    f"{_PLACE}/{{agreement_id}}/approve",
    operation_id="approve_agreement",
    responses=documented(refusals.SECOND_PERSON, refusals.ALREADY_DECIDED, refusals.AGREEMENT_STATE),
)
async def approve_agreement(
    *,
    agreement_id: UUID,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    on: Today,
    at: Now,
) -> AgreementBody:
    """Approve an agreement that somebody else has proposed."""
    await _found(session, partner.id, agreement_id)
    waiting = await approvals.find_open(session, Kind.AGREEMENT, str(agreement_id))
    if waiting is None:
        raise AgreementStateError
    await approve_change(session, waiting.id, by=by, effects=EFFECTS, at=at)
    return await _answer(session, partner.id, agreement_id, response, on)


@router.post(
    f"{_PLACE}/{{agreement_id}}/reject", operation_id="reject_agreement", responses=documented(refusals.AGREEMENT_STATE)
)
async def reject_agreement(
    *,
    agreement_id: UUID,
    body: Decision,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    on: Today,
    at: Now,
) -> AgreementBody:
    """Reject a proposed agreement, or withdraw one's own proposal."""
    await _found(session, partner.id, agreement_id)
    waiting = await approvals.find_open(session, Kind.AGREEMENT, str(agreement_id))
    if waiting is None:
        raise AgreementStateError
    await reject_change(session, waiting.id, reason=body.reason, by=by, effects=REJECTED, at=at)
    return await _answer(session, partner.id, agreement_id, response, on)


@router.post(
    f"{_PLACE}/{{agreement_id}}/end", operation_id="end_agreement", responses=documented(refusals.AGREEMENT_STATE)
)
async def end_agreement(
    *,
    agreement_id: UUID,
    body: Decision,
    response: Response,
    partner: Administered,
    by: Recorded,
    session: WriteSession,
    on: Today,
    at: Now,
) -> AgreementBody:
    """End an active agreement, at once and for good."""
    made = await end(
        session,
        organisation_id=partner.id,
        agreement_id=agreement_id,
        reason=body.reason,
        by=by,
        on=on,
        at=at,
    )
    response.headers["etag"] = etags.etag(made.version)
    return agreement_body(made, on)


async def _found(session: ReadSession, partner_id: UUID, agreement_id: UUID) -> Agreement:
    found = await agreements.find(session, partner_id, agreement_id)
    if found is None:
        raise UnknownPartnerError
    return found


async def _answer(
    session: WriteSession, partner_id: UUID, agreement_id: UUID, response: Response, on: Today
) -> AgreementBody:
    found = await _found(session, partner_id, agreement_id)
    response.headers["etag"] = etags.etag(found.version)
    return agreement_body(found, on)


def _terms(body: NewAgreement) -> Terms:
    try:
        valid = Period(body.valid_from, body.valid_to)
    except ImpossibleDateError:
        raise TermsRefusedError("/valid_to", "period_reversed") from None
    return Terms(
        authorisation_number=body.authorisation_number,
        purposes=frozenset(body.purposes),
        entries=tuple(
            Entry(
                entry.resource,
                frozenset(entry.actions),
                None if entry.fields is None else frozenset(entry.fields),
                entry.rows,
            )
            for entry in body.resources
        ),
        valid=valid,
    )
