"""From whom a person is protected."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Response

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.routes import Router, documented
from services.registry.api import living
from services.registry.api.dependencies import PersonId, Trail, Writing, require_open
from services.registry.api.household_problems import (
    BARRIER_TO_NOBODY,
    LIFT_NOT_PROPOSED,
    ON_BOTH_SIDES,
    SECOND_PERSON,
    TOO_MANY_BARRIERS,
)
from services.registry.api.living import barrier_document, listed, shown
from services.registry.contract.links import BarrierBody, BarrierList, LiftConfirmation, NewBarriers, NewLift
from services.registry.domain.barriers import BarrierNotFoundError
from services.registry.domain.errors import PersonNotFoundError
from services.registry.operations import lift_barrier as lifting
from services.registry.operations import place_barriers as placing
from services.registry.operations import propose_lift as proposing
from services.registry.store import barriers

router = Router(tags=["households"])
BarrierId = Annotated[UUID, Path(description="Id of the barrier")]
_BARRIERS = {"x-field": "barriers"}
_PATH = "/v1/persons/{person_id}/barriers"


@router.get(_PATH, operation_id="list_barriers", response_model=BarrierList, openapi_extra=_BARRIERS)
async def list_barriers(
    *, person_id: PersonId, caller: Annotated[Caller, requires("persons:read")], session: ReadSession, trail: Trail
) -> Response:
    """Return the barriers that the caller's own organisation has placed around a person, as long as they stand."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return listed(map(barrier_document, await barriers.standing(session, [person_id], caller.organisation)))


@router.post(
    _PATH,
    operation_id="place_barriers",
    status_code=201,
    response_model=BarrierList,
    openapi_extra=_BARRIERS,
    responses=documented(BARRIER_TO_NOBODY, ON_BOTH_SIDES, TOO_MANY_BARRIERS),
)
async def place_barriers(
    *,
    person_id: PersonId,
    body: NewBarriers,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Protect a person, and whoever she lives with, from others; where one of these lives with her too, her alone."""
    trail.about(person_id)  # the others must not learn of it by their own access log
    await require_open(session, person_id, caller)
    await living.require_all(session, body.protected_from, caller)
    actor = living.actor_of(caller)
    act = await writing.by(caller)
    from_ids = tuple(dict.fromkeys(body.protected_from))
    standing = await placing.place_barriers(session, person_id, from_ids, body.reason, act=act, actor=actor)
    location = f"/v1/persons/{person_id}/barriers"
    return shown(
        {"items": [barrier_document(barrier) for barrier in standing], "next": None}, status=201, location=location
    )


@router.post(
    "/v1/barriers/{barrier_id}/lift",
    operation_id="propose_lift",
    response_model=BarrierBody,
    openapi_extra=_BARRIERS,
)
async def propose_lift(
    *,
    barrier_id: BarrierId,
    body: NewLift,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Propose to lift a barrier, with the reason. It stands until a second person of the team has agreed."""
    await _require_hers(session, barrier_id, caller, trail)
    actor = living.actor_of(caller)
    barrier = await proposing.propose_lift(session, barrier_id, body.reason, await writing.by(caller), actor)
    return shown(barrier_document(barrier))


@router.post(
    "/v1/barriers/{barrier_id}/lift/confirmation",
    operation_id="lift_barrier",
    response_model=BarrierBody,
    openapi_extra=_BARRIERS,
    responses=documented(LIFT_NOT_PROPOSED, SECOND_PERSON),
)
async def lift_barrier(
    *,
    barrier_id: BarrierId,
    body: LiftConfirmation,  # noqa: ARG001  # kept with the body, in the source record
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Lift a barrier, as a second person of the team that placed it; who proposed it is refused."""
    await _require_hers(session, barrier_id, caller, trail)
    actor = living.actor_of(caller)
    return shown(barrier_document(await lifting.lift_barrier(session, barrier_id, await writing.by(caller), actor)))


async def _require_hers(session: WriteSession, barrier_id: UUID, caller: Caller, trail: Trail) -> None:
    """See that a barrier is of the caller's team and around a person who may be known of."""
    barrier = await barriers.load_for_change(session, barrier_id, caller.organisation)
    try:
        await require_open(session, barrier.protected_id, caller)
    except PersonNotFoundError:
        raise BarrierNotFoundError from None
    trail.about(barrier.protected_id)
