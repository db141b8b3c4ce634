"""The facts that health and training decide on; for the gateway and the services, not for partners."""

from typing import Annotated

from fastapi import Request, Response

from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession
from services.kit.routes import Router
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.contract.facts import Facts
from services.registry.domain.facts import facts_for, facts_of
from services.registry.store import loading, walls
from services.registry.store.walls import Sight

router = Router(tags=["facts"])


@router.get("/v1/persons/{person_id}/facts", operation_id="read_facts", openapi_extra={"x-internal": True})
async def read_facts(
    *,
    request: Request,
    person_id: PersonId,
    caller: Annotated[Caller, requires("facts:read")],
    session: ReadSession,
    today: Today,
    trail: Trail,
) -> Facts:
    """Return the facts of a person, cut to the purpose of the token.

    The gateway reads them with a right of its own, for a caller who learns from an answer what they say.
    """
    trail.about(person_id)
    await walls.require(session, person_id, Sight(caller.viewer, caller.persons_of()))
    person = await loading.load(session, person_id)
    facts = facts_of(person, hash_identifier=request.app.state.hasher.hash, on=today)
    return Facts.model_validate(facts_for(caller.purpose, facts))


@router.get(
    "/v1/persons/{person_id}/visibility",
    operation_id="see_person",
    status_code=204,
    response_class=Response,
    openapi_extra={"x-internal": True},
)
async def see_person(
    *, person_id: PersonId, caller: Annotated[Caller, requires("persons:read", personal=False)], session: ReadSession
) -> Response:
    """Say whether there is such a person for a caller: 204, or 404 like nobody. It tells and touches nothing of her.

    For the gateway, before it puts together what other stores hold of her; what it then reads leaves its own rows.
    """
    await require_open(session, person_id, caller)
    return Response(status_code=204)
