"""What a person is shown of herself, for the gateway, which joins it with the others'."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.background import holdings as declared
from services.background.extracts import ExtractBody, body_of
from services.kit import clock
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.routes import Router
from services.training.courses.api.edges import TrailDep
from services.training.courses.store.holdings import holdings

router = Router(tags=["enrolment"])


@router.get("/v1/training/extract", operation_id="read_training_extract", openapi_extra={"x-internal": True})
async def read_training_extract(
    *,
    person_id: Annotated[UUID, Query(description="Of whom")],
    caller: Annotated[Caller, requires("facts:read")],  # noqa: ARG001  # the guard of the route
    session: ReadSession,
    trail: TrailDep,
    today: clock.Today,
) -> ExtractBody:
    """Return everything that training shows a person of herself.

    The gateway asks under a right of its own, when the registry has let the caller see her.
    """
    trail.about(person_id)
    return body_of(person_id, holdings(), await declared.extract(session, holdings(), person_id), today)
