"""Legal holds: while one stands, nothing of the person is erased."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request, Response

from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.api.rights_problems import SECOND_PERSON
from services.registry.contract.erasures import HoldBody, HoldPage, HoldRequest
from services.registry.domain.erasures import Hold
from services.registry.operations.lift_hold import lift_hold as lift
from services.registry.operations.place_hold import place_hold as place
from services.registry.store import holds

router = Router(tags=["rights"])
SHARING: dict[str, Any] = {"x-field": "erasures"}


@router.post("/v1/persons/{person_id}/holds", operation_id="place_hold", status_code=201, openapi_extra=SHARING)
async def place_hold(
    *,
    person_id: PersonId,
    body: HoldRequest,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    trail: Trail,
    at: Now,
    response: Response,
) -> HoldBody:
    """Order a person's data to be kept; an erasure that has not been carried out is withdrawn by it."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    made = await place(
        session,
        person_id,
        reason=body.reason,
        reference=body.reference,
        organisation=caller.organisation,
        by=caller.subject,
        at=at,
    )
    response.headers["location"] = f"/v1/persons/{person_id}/holds"
    return _view(made)


@router.get("/v1/persons/{person_id}/holds", operation_id="list_holds", openapi_extra=SHARING)
async def list_holds(
    *,
    person_id: PersonId,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
    page: Page,
) -> HoldPage:
    """List a person's holds, lifted ones too, the oldest first."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    after = UUID(page.after[0]) if page.after else None
    found = await holds.of_person(session, person_id, after=after, limit=page.limit + 1)
    kept = found[: page.limit]
    cursor = next_cursor(request, response, [str(kept[-1].id)] if len(found) > page.limit else None)
    return HoldPage(items=[_view(each) for each in kept], next=cursor)


@router.post(
    "/v1/persons/{person_id}/holds/{hold_id}/lift",
    operation_id="lift_hold",
    openapi_extra=SHARING,
    responses=documented(SECOND_PERSON),
)
async def lift_hold(
    *,
    person_id: PersonId,
    hold_id: Annotated[UUID, Path(description="Id of the hold")],
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    trail: Trail,
    at: Now,
) -> HoldBody:
    """Lift a hold that somebody else has placed; her data may be erased from then on."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return _view(await lift(session, person_id, hold_id, by=caller.subject, at=at))


def _view(found: Hold) -> HoldBody:
    return HoldBody(
        id=found.id,
        reason=found.reason,
        reference=found.reference,
        organisation=found.organisation,
        placed_at=found.placed_at,
        lifted_at=found.lifted_at,
    )
