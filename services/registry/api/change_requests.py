"""Changes of a person that somebody asks for and somebody else approves."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response

from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.registry.api import rights_problems as refusals
from services.registry.api.change_request_views import actor, body_of, outcome_of, require_fields, shown
from services.registry.api.dependencies import Lists, PersonId, Trail, Writing, require_open
from services.registry.api.problems import IDENTIFIER_IN_USE
from services.registry.contract.change_requests import (
    ChangeDecision,
    ChangeRejection,
    ChangeRequestBody,
    ChangeRequestPage,
    NewChangeRequest,
)
from services.registry.domain.change_requests import ChangeRequestState, check_open
from services.registry.operations.approve_change_request import approve_change_request as approve
from services.registry.operations.reject_change_request import reject_change_request as reject
from services.registry.operations.request_change import request_change as propose
from services.registry.operations.withdraw_change_request import withdraw_change_request as withdraw
from services.registry.store import change_requests as store
from services.registry.store import loading

router = Router(tags=["change requests"])
RequestId = Annotated[UUID, Path(description="Id of the change request")]
_PATH = "/v1/persons/{person_id}/change-requests"
_SHARING: Mapping[str, Any] = {
    "x-field": "change_requests",
    "x-sharing": {
        "kept": [
            "state", "reason", "documents", "base_version", "proposed_by", "proposed_at", "expires_at", "decided_by",
            "decided_at", "decision_reason", "applied_version", "provenance",
        ],
        "named": {"nationalities_confirmed": "nationalities"},
        "entries": "changes",
    },
}  # fmt: skip


@router.post(
    _PATH,
    operation_id="request_change",
    status_code=201,
    openapi_extra=dict(_SHARING),
    responses=documented(refusals.NOTHING_CHANGES, refusals.EVIDENCE_UNKNOWN),
)
async def request_change(
    *,
    response: Response,
    person_id: PersonId,
    body: NewChangeRequest,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> ChangeRequestBody:
    """Ask for a change of a person; it takes effect once somebody else approves it.

    The answer shows the difference field by field. Names, birth, nationalities and identifiers change in this way
    alone, but for slips that the organisation that registered her sets right within 30 days.
    """
    trail.about(person_id)
    await require_open(session, person_id, caller)
    person = await loading.load_for_change(session, person_id)
    patch = body.model_dump(mode="json", exclude_unset=True, exclude={"reason", "documents"})
    made = outcome_of(person, patch, lists, writing)
    changed = [name for name in made.after if made.after[name] != made.current[name]]
    request = await propose(
        session,
        person,
        patch=patch,
        before={name: made.current[name] for name in changed},
        after={name: made.after[name] for name in changed},
        reason=body.reason,
        documents=body.documents,
        by=actor(caller),
        act=await writing.by(caller),
    )
    response.headers["location"] = f"/v1/persons/{person_id}/change-requests/{request.id}"
    return body_of(request, ChangeRequestState.PROPOSED, (), made.found)


@router.get(_PATH, operation_id="list_change_requests", openapi_extra=dict(_SHARING))
async def list_change_requests(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    page: Page,
    at: Now,
    trail: Trail,
    writing: Writing,
) -> ChangeRequestPage:
    """Return the changes that were asked for, newest first, and where each stands."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    person = await loading.load(session, person_id)
    before = UUID(page.after[0]) if page.after else None
    found = await store.page(session, person_id, before=before, limit=page.limit + 1)
    listed = found[: page.limit]
    after = [str(listed[-1].id)] if len(found) > page.limit else None
    items = [shown(one, person, at, writing) for one in listed]
    return ChangeRequestPage(items=items, next=next_cursor(request, response, after))


@router.get(f"{_PATH}/{{request_id}}", operation_id="read_change_request", openapi_extra=dict(_SHARING))
async def read_change_request(
    *,
    person_id: PersonId,
    request_id: RequestId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    at: Now,
    trail: Trail,
    writing: Writing,
) -> ChangeRequestBody:
    """Return a change that was asked for: what each field said and would say, and whether it has changed since."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    person = await loading.load(session, person_id)
    return shown(await store.find(session, person_id, request_id), person, at, writing)


@router.post(
    f"{_PATH}/{{request_id}}/approve",
    operation_id="approve_change_request",
    openapi_extra=dict(_SHARING),
    responses=documented(
        refusals.SECOND_PERSON, refusals.CHANGE_REQUEST_CONFLICT, refusals.CHANGE_REQUEST_CLOSED, IDENTIFIER_IN_USE
    ),
)
async def approve_change_request(
    *,
    person_id: PersonId,
    request_id: RequestId,
    body: ChangeDecision,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> ChangeRequestBody:
    """Approve what somebody else has asked for; the person has her next version at once."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    person = await loading.load_for_change(session, person_id)
    request = await store.find(session, person_id, request_id, to_change=True)
    require_fields(request, caller)
    check_open(request, writing.at)
    made = outcome_of(person, request.patch, lists, writing)
    approved = await approve(
        session,
        person,
        request,
        current=made.current,
        core=made.core,
        nationalities=made.nationalities,
        added=made.added,
        by=actor(caller),
        act=await writing.by(caller),
        reason=body.reason,
    )
    return body_of(approved, approved.state, (), made.found)


@router.post(
    f"{_PATH}/{{request_id}}/reject",
    operation_id="reject_change_request",
    openapi_extra=dict(_SHARING),
    responses=documented(refusals.SECOND_PERSON, refusals.CHANGE_REQUEST_CLOSED),
)
async def reject_change_request(
    *,
    person_id: PersonId,
    request_id: RequestId,
    body: ChangeRejection,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    at: Now,
    trail: Trail,
) -> ChangeRequestBody:
    """Reject what somebody else has asked for, with a reason; nothing of the person changes."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    require_fields(await store.find(session, person_id, request_id), caller)
    decided = await reject(session, person_id, request_id, reason=body.reason, by=actor(caller), at=at)
    return body_of(decided, decided.state)


@router.post(
    f"{_PATH}/{{request_id}}/withdraw",
    operation_id="withdraw_change_request",
    openapi_extra=dict(_SHARING),
    responses=documented(refusals.NOT_THE_PROPOSER, refusals.CHANGE_REQUEST_CLOSED),
)
async def withdraw_change_request(
    *,
    person_id: PersonId,
    request_id: RequestId,
    body: ChangeDecision,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    at: Now,
    trail: Trail,
) -> ChangeRequestBody:
    """Withdraw what one has asked for oneself."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    decided = await withdraw(session, person_id, request_id, reason=body.reason, by=actor(caller), at=at)
    return body_of(decided, decided.state)
