"""What a person is shown of herself, for the gateway, which joins it with the others'."""

from typing import Annotated
from uuid import UUID

from fastapi import Query

from services.background import holdings as declared
from services.background.extracts import ExtractBody, body_of
from services.health.coverage.api.dependencies import TrailDep
from services.health.coverage.store.holdings import holdings
from services.kit import clock
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.routes import Router

router = Router(tags=["coverage"])


@router.get("/v1/coverage/extract", operation_id="read_coverage_extract", openapi_extra={"x-internal": True})
async def read_coverage_extract(
    *,
    person_id: Annotated[UUID, Query(description="Of whom")],
    caller: Annotated[Caller, requires("facts:read")],  # noqa: ARG001  # the guard of the route
    session: ReadSession,
    trail: TrailDep,
    today: clock.Today,
) -> ExtractBody:
    """Return everything that coverage shows a person of herself.

    The gateway asks under a right of its own, when the registry has let the caller see her.
    """
    trail.about(person_id)
    return body_of(person_id, holdings(), await declared.extract(session, holdings(), person_id), today)
