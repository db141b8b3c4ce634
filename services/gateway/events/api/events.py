"""Events over HTTP, for partners that cannot be called."""

from functools import partial
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.background.change_routes import After, Limit, Wait, look
from services.gateway.events.api.dependencies import Given
from services.gateway.events.api.problems import TYPES
from services.gateway.events.contract.events import CloudEvent, CloudEventPage
from services.gateway.events.domain.errors import EventTypeUnknownError
from services.gateway.events.domain.messages import envelope_of
from services.gateway.events.operations.read_events import read_events as read
from services.kit import audit, clock, problems
from services.kit.callers import Caller, requires
from services.kit.problems import FieldError, Problem
from services.kit.routes import Router, documented

router = Router(tags=["events"])
Patterns = Annotated[
    str | None, Query(max_length=1000, description="Types or families between commas, such as `person.*`; all without")
]


@router.get(
    "/v1/events",
    operation_id="list_events",
    responses=documented(TYPES["event-type-unknown"], problems.INVALID),
    openapi_extra={"x-sharing": {"whole": True}},  # references alone: there is no field to hold back
)
async def list_events(
    *,
    request: Request,
    caller: Annotated[Caller, requires("events:subscribe")],
    trail: Annotated[audit.Trail, Depends(audit.trail)],
    tools: Given,
    now: clock.Now,
    response: Response,
    after: After = None,
    limit: Limit = 100,
    wait: Wait = 0,
    types: Patterns = None,
) -> CloudEventPage:
    """Return events after a cursor, in order, none skipped; waits for the first one when asked to.

    You see what your agreements give for the purpose you name, today and on the day of the event.
    """
    try:
        wanted = tools.catalogue.matching(("*" if types is None else types).split(","))
    except EventTypeUnknownError:
        error = FieldError("?types", EventTypeUnknownError.code, "Take types of docs/events.md")
        raise Problem(TYPES["event-type-unknown"], [error]) from None
    reader = partial(read, caller=caller, types=wanted, given_to=tools.given_to, catalogue=tools.catalogue, at=now)
    page = await look(request, after, limit, wait, reader)
    trail.about(*(UUID(each.data["person_id"]) for each in page.items if "person_id" in each.data))
    response.headers["cache-control"] = "no-store"
    items = [CloudEvent.model_validate(envelope_of(each)) for each in page.items]
    return CloudEventPage(items=items, next=page.next, caught_up=page.caught_up)
