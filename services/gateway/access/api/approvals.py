"""Changes that wait for a second person, of whatever kind."""

from collections.abc import Mapping
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.gateway.access.api import partner_problems as refusals
from services.gateway.access.api.dependencies import Recorded
from services.gateway.access.api.partner_views import Administrator, approval_body, cut
from services.gateway.access.contract.partners import ApprovalBody, ApprovalPage, Decision
from services.gateway.access.domain.approvals import ApprovalState, Kind
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.operations.approve_change import Effect
from services.gateway.access.operations.approve_change import approve_change as approve
from services.gateway.access.operations.decide_agreement import decide_agreement
from services.gateway.access.operations.reactivate_partner import reactivate_partner
from services.gateway.access.operations.reject_change import reject_change as reject
from services.gateway.access.operations.release_account import release_account
from services.gateway.access.operations.release_client import release_client
from services.gateway.access.store import approvals
from services.kit.clock import Now
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page
from services.kit.routes import Router, documented

EFFECTS: Mapping[str, Effect] = {
    Kind.ACCOUNT: release_account,
    Kind.AGREEMENT: decide_agreement,
    Kind.CLIENT: release_client,
    Kind.CLIENT_CHANGE: release_client,
    Kind.CLIENT_REACTIVATION: release_client,
    Kind.PARTNER_REACTIVATION: reactivate_partner,
}
"""What each kind of proposal does once it is approved."""

REJECTED: Mapping[str, Effect] = {Kind.AGREEMENT: decide_agreement}
"""What the rejection of a proposal does; of most kinds nothing, since nothing had been granted."""

router = Router(tags=["partners"])


@router.get("/v1/approvals", operation_id="list_approvals")
async def list_approvals(
    *,
    request: Request,
    response: Response,
    _caller: Administrator,
    session: ReadSession,
    page: Page,
    state: Annotated[ApprovalState | None, Query()] = None,
    partner_id: Annotated[UUID | None, Query()] = None,
) -> ApprovalPage:
    """List what waits, or waited, for a second person, in the order in which it was proposed."""
    records = await approvals.page(
        session,
        state=state,
        organisation_id=partner_id,
        after=UUID(page.after[0]) if page.after else None,
        limit=page.limit + 1,
    )
    kept, cursor = cut(records, page, request, response, key=lambda record: [str(record.id)])
    return ApprovalPage(items=[approval_body(record) for record in kept], next=cursor)


@router.get("/v1/approvals/{approval_id}", operation_id="read_approval")
async def read_approval(approval_id: UUID, _caller: Administrator, session: ReadSession) -> ApprovalBody:
    """Read a proposal."""
    found = await approvals.find(session, approval_id)
    if found is None:
        raise UnknownPartnerError
    return approval_body(found)


@router.post(
    "/v1/approvals/{approval_id}/approve",
    operation_id="approve_change",
    responses=documented(
        refusals.SECOND_PERSON, refusals.ALREADY_DECIDED, refusals.PROPOSAL_STALE, refusals.AGREEMENT_STATE
    ),
)
async def approve_change(
    *, approval_id: UUID, _caller: Administrator, by: Recorded, session: WriteSession, at: Now
) -> ApprovalBody:
    """Approve what somebody else has proposed; it takes effect at once."""
    return approval_body(await approve(session, approval_id, by=by, effects=EFFECTS, at=at))


@router.post(
    "/v1/approvals/{approval_id}/reject",
    operation_id="reject_change",
    responses=documented(refusals.ALREADY_DECIDED),
)
async def reject_change(
    *, approval_id: UUID, body: Decision, _caller: Administrator, by: Recorded, session: WriteSession, at: Now
) -> ApprovalBody:
    """Reject a proposal, or withdraw one's own."""
    decided = await reject(session, approval_id, reason=body.reason, by=by, effects=REJECTED, at=at)
    return approval_body(decided)
