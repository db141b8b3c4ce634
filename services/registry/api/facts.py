"""The facts that health and training decide on; for the gateway and the services, not for partners."""

from typing import Annotated

from fastapi import Request

from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession
from services.kit.routes import Router
from services.registry.api.dependencies import PersonId, Trail
from services.registry.contract.facts import Facts
from services.registry.domain.facts import facts_for, facts_of
from services.registry.store import loading, owners

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
    await owners.require(session, person_id, caller.persons_of())
    person = await loading.load(session, person_id)
    facts = facts_of(person, hash_identifier=request.app.state.hasher.hash, on=today)
    return Facts.model_validate(facts_for(caller.purpose, facts))
