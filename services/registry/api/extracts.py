"""What a person is shown of herself, for the gateway, which joins it with what the other services hold."""

from typing import Annotated

from services.background import holdings as declared
from services.background.extracts import ExtractBody, body_of
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession
from services.kit.routes import Router
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.domain.errors import PersonNotFoundError
from services.registry.store.holdings import holdings

router = Router(tags=["persons"])


@router.get("/v1/persons/{person_id}/extract", operation_id="read_person_extract", openapi_extra={"x-internal": True})
async def read_person_extract(
    *,
    person_id: PersonId,
    caller: Annotated[Caller, requires("facts:read")],
    session: ReadSession,
    trail: Trail,
    today: Today,
) -> ExtractBody:
    """Return everything that the register shows a person of herself, former versions and sources included.

    The gateway asks under a right of its own, for a caller who may see her.
    """
    trail.about(person_id)
    await require_open(session, person_id, caller)
    sections = await declared.extract(session, holdings(), person_id)
    if not sections:
        raise PersonNotFoundError
    return body_of(person_id, holdings(), sections, today)
