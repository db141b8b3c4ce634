"""Retention: what has been kept for too long is found, proposed by one, confirmed by another, erased by a job."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response

from services.background.holdings import RetentionRule
from services.kit.callers import Caller, requires
from services.kit.clock import Now, Today
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.registry.api.dependencies import Trail
from services.registry.api.erasure_problems import CLOSED, NOTHING_DUE
from services.registry.api.rights_problems import SECOND_PERSON
from services.registry.contract.erasures import DuePage, DuePerson, RetentionBody, RetentionPage, RetentionRequest
from services.registry.domain.erasures import NothingDueError, RetentionProposal, cut_off
from services.registry.operations.confirm_retention import confirm_retention as confirm
from services.registry.operations.propose_retention import propose_retention as propose
from services.registry.operations.withdraw_retention import withdraw_retention as withdraw
from services.registry.store import retention
from services.registry.store.holdings import holdings

router = Router(tags=["rights"])
SHARING: dict[str, Any] = {"x-field": "erasures"}
CLASS = "REGISTRY"
ProposalId = Annotated[UUID, Path(description="Id of the proposal")]


@router.get("/v1/retention/due", operation_id="list_due_persons", openapi_extra=SHARING)
async def list_due_persons(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
    page: Page,
    today: Today,
) -> DuePage:
    """List those whose data have been kept for longer than the rule in force today allows."""
    rule = _rule(CLASS, today)
    before = cut_off(today, rule.months)
    after = UUID(page.after[0]) if page.after else None
    found = await retention.due(
        session, before=before, rows_of=caller.rows_of("persons"), after=after, limit=page.limit + 1
    )
    kept = found[: page.limit]
    trail.about(*(each.id for each in kept))
    cursor = next_cursor(request, response, [str(kept[-1].id)] if len(found) > page.limit else None)
    items = [DuePerson(person_id=each.id, last_contact_on=each.last_contact_on, held=each.held) for each in kept]
    return DuePage(data_class=rule.code, months=rule.months, before=before, items=items, next=cursor)


@router.post(
    "/v1/retention/proposals",
    operation_id="propose_retention",
    status_code=201,
    openapi_extra=SHARING,
    responses=documented(NOTHING_DUE),
)
async def propose_retention(
    *,
    body: RetentionRequest,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    today: Today,
    at: Now,
    response: Response,
) -> RetentionBody:
    """Find what is due and propose to erase it; nothing happens before somebody else confirms it."""
    made = await propose(session, holdings().rule(body.data_class, today), caller=caller, today=today, at=at)
    response.headers["location"] = f"/v1/retention/proposals/{made.id}"
    return _view(made)


@router.get("/v1/retention/proposals", operation_id="list_retention_proposals", openapi_extra=SHARING)
async def list_retention_proposals(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    page: Page,
) -> RetentionPage:
    """List retention proposals, the newest first."""
    before = UUID(page.after[0]) if page.after else None
    found = await retention.page(session, rows_of=caller.rows_of("persons"), before=before, limit=page.limit + 1)
    kept = found[: page.limit]
    cursor = next_cursor(request, response, [str(kept[-1].id)] if len(found) > page.limit else None)
    return RetentionPage(items=[_view(each) for each in kept], next=cursor)


@router.get("/v1/retention/proposals/{proposal_id}", operation_id="read_retention_proposal", openapi_extra=SHARING)
async def read_retention_proposal(
    *, proposal_id: ProposalId, caller: Annotated[Caller, requires("persons:read")], session: ReadSession
) -> RetentionBody:
    """Return a retention proposal."""
    return _view(await retention.find(session, proposal_id, rows_of=caller.rows_of("persons")))


@router.post(
    "/v1/retention/proposals/{proposal_id}/confirm",
    operation_id="confirm_retention",
    status_code=202,
    openapi_extra=SHARING,
    responses=documented(CLOSED, SECOND_PERSON),
)
async def confirm_retention(
    *,
    proposal_id: ProposalId,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    at: Now,
    response: Response,
) -> RetentionBody:
    """Confirm a proposal that somebody else has made; a job erases those who are still due then."""
    made = await confirm(session, proposal_id, caller=caller, at=at)
    response.headers["location"] = f"/v1/jobs/{made.job_id}"
    return _view(made)


@router.post(
    "/v1/retention/proposals/{proposal_id}/withdraw",
    operation_id="withdraw_retention",
    openapi_extra=SHARING,
    responses=documented(CLOSED),
)
async def withdraw_retention(
    *, proposal_id: ProposalId, caller: Annotated[Caller, requires("persons:write")], session: WriteSession
) -> RetentionBody:
    """Withdraw a proposal that nobody has confirmed."""
    return _view(await withdraw(session, proposal_id, rows_of=caller.rows_of("persons")))


def _rule(data_class: str, today: Today) -> RetentionRule:
    rule = holdings().rule(data_class, today)
    if rule is None:
        raise NothingDueError
    return rule


def _view(found: RetentionProposal) -> RetentionBody:
    return RetentionBody(
        id=found.id,
        data_class=found.data_class,
        months=found.months,
        before=found.before,
        due=found.due,
        held=found.held,
        state=found.state,
        proposed_at=found.proposed_at,
        confirmed_at=found.confirmed_at,
        job_id=found.job_id,
    )
