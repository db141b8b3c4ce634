"""Erasure of a person: proposed by one, confirmed by another, carried out by a job."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.api.erasure_problems import CLOSED, HELD, PENDING
from services.registry.api.rights_problems import SECOND_PERSON
from services.registry.contract.erasures import ErasureBody, ErasurePage, ErasureRequest
from services.registry.domain.erasures import Erasure, ErasureState
from services.registry.operations.confirm_erasure import confirm_erasure as confirm
from services.registry.operations.propose_erasure import propose_erasure as propose
from services.registry.operations.withdraw_erasure import withdraw_erasure as withdraw
from services.registry.store import erasures

router = Router(tags=["rights"])
SHARING: dict[str, Any] = {"x-field": "erasures"}
ErasureId = Annotated[UUID, Path(description="Id of the erasure")]


@router.post(
    "/v1/persons/{person_id}/erasure",
    operation_id="propose_erasure",
    status_code=201,
    openapi_extra=SHARING,
    responses=documented(HELD, PENDING),
)
async def propose_erasure(
    *,
    person_id: PersonId,
    body: ErasureRequest,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    trail: Trail,
    at: Now,
    response: Response,
) -> ErasureBody:
    """Propose to erase everything that is held about a person; nothing happens before somebody else confirms it."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    made = await propose(
        session, person_id, reason=body.reason, organisation=caller.organisation, by=caller.subject, at=at
    )
    response.headers["location"] = f"/v1/erasures/{made.id}"
    return _view(made)


@router.get("/v1/erasures", operation_id="list_erasures", openapi_extra=SHARING)
async def list_erasures(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
    page: Page,
    state: Annotated[ErasureState | None, Query(description="Only those that stand so")] = None,
) -> ErasurePage:
    """List erasures, the newest first, tombstones among them."""
    before = UUID(page.after[0]) if page.after else None
    found = await erasures.page(
        session, state=state, rows_of=caller.rows_of("persons"), before=before, limit=page.limit + 1
    )
    kept = found[: page.limit]
    trail.about(*(each.person_id for each in kept))
    cursor = next_cursor(request, response, [str(kept[-1].id)] if len(found) > page.limit else None)
    return ErasurePage(items=[_view(each) for each in kept], next=cursor)


@router.get("/v1/erasures/{erasure_id}", operation_id="read_erasure", openapi_extra=SHARING)
async def read_erasure(
    *, erasure_id: ErasureId, caller: Annotated[Caller, requires("persons:read")], session: ReadSession, trail: Trail
) -> ErasureBody:
    """Return an erasure; when it is done, the tombstone that says so."""
    found = await erasures.find(session, erasure_id, rows_of=caller.rows_of("persons"))
    trail.about(found.person_id)
    return _view(found)


@router.post(
    "/v1/erasures/{erasure_id}/confirm",
    operation_id="confirm_erasure",
    status_code=202,
    openapi_extra=SHARING,
    responses=documented(HELD, CLOSED, SECOND_PERSON),
)
async def confirm_erasure(
    *,
    erasure_id: ErasureId,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    trail: Trail,
    at: Now,
    response: Response,
) -> ErasureBody:
    """Confirm an erasure that somebody else has proposed; a job carries it out, in every service, for good.

    Afterwards she is answered like nobody. Backups that bring her back are held against a ledger outside them.
    """
    found = await _open(session, erasure_id, caller, trail)
    made = await confirm(session, found.id, caller=caller, at=at)
    response.headers["location"] = f"/v1/jobs/{made.job_id}"
    return _view(made)


@router.post(
    "/v1/erasures/{erasure_id}/withdraw",
    operation_id="withdraw_erasure",
    openapi_extra=SHARING,
    responses=documented(CLOSED),
)
async def withdraw_erasure(
    *, erasure_id: ErasureId, caller: Annotated[Caller, requires("persons:write")], session: WriteSession, trail: Trail
) -> ErasureBody:
    """Withdraw a proposal; what is confirmed can be stopped by a legal hold alone."""
    found = await _open(session, erasure_id, caller, trail)
    return _view(await withdraw(session, found.id))


async def _open(session: WriteSession, erasure_id: UUID, caller: Caller, trail: Trail) -> Erasure:
    """Return an erasure about somebody whom the caller may know of; of somebody who is gone, its tombstone."""
    found = await erasures.find(session, erasure_id, rows_of=caller.rows_of("persons"))
    trail.about(found.person_id)
    if found.state is not ErasureState.ERASED:
        await require_open(session, found.person_id, caller)
    return found


def _view(found: Erasure) -> ErasureBody:
    return ErasureBody(
        id=found.id,
        person_id=found.person_id,
        reason=found.reason,
        state=found.state,
        proposed_at=found.proposed_at,
        confirmed_at=found.confirmed_at,
        job_id=found.job_id,
        erased_at=found.erased_at,
        erased=None if found.counts is None else dict(found.counts),
    )
