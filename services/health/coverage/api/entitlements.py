"""Entitlements over HTTP, and the summary for the overview."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.health.coverage.api import views
from services.health.coverage.api.dependencies import Books, Reader, TrailDep
from services.health.coverage.contract.entitlements import CoverageSummary, EntitlementPage
from services.health.coverage.domain.determination import minimum_access
from services.health.coverage.store import determinations, entitlements, feed
from services.kit import clock
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router

router = Router(tags=["coverage"])
SHARING = {
    "x-sharing": {
        "kept": ["determination_id", "on", "age_s", "stale", "as_of", "minimum_access"],
        "records": ["entitlements", "last_determination"],
    }
}
STALE_AFTER_S = 120.0
MOST_OPEN = 20


@router.get("/v1/coverage/entitlements", operation_id="list_entitlements", openapi_extra=SHARING)
async def list_entitlements(
    *,
    person_id: Annotated[UUID, Query(description="Whose entitlements")],
    caller: Reader,
    session: ReadSession,
    trail: TrailDep,
    page: Page,
    request: Request,
    response: Response,
) -> EntitlementPage:
    """List a person's entitlements, past ones included, the newest first."""
    trail.about(person_id)
    before = UUID(page.after[0]) if page.after else None
    own = caller.rows_of("coverage")
    found = await entitlements.of_person(
        session, person_id, before=before, limit=page.limit + 1, organisation=own, viewer=caller.viewer
    )
    kept = found[: page.limit]
    cursor = next_cursor(request, response, [kept[-1].id] if len(found) > page.limit else None)
    return EntitlementPage(items=[views.entitlement(each) for each in kept], next=cursor)


@router.get("/v1/coverage/summary", operation_id="read_coverage_summary", openapi_extra={"x-internal": True, **SHARING})
async def read_coverage_summary(
    *,
    person_id: Annotated[UUID, Query(description="Of whom")],
    caller: Annotated[Caller, requires("coverage:read")],
    session: ReadSession,
    trail: TrailDep,
    books: Books,
    today: clock.Today,
    now: clock.Now,
) -> CoverageSummary:
    """Return what the overview shows of a person's coverage today."""
    trail.about(person_id)
    own = caller.rows_of("coverage")
    held = await entitlements.of_person(
        session, person_id, on=today, limit=MOST_OPEN, organisation=own, viewer=caller.viewer
    )
    last = await determinations.of_person(
        session, person_id, before=None, limit=1, organisation=own, viewer=caller.viewer
    )
    age_s = _age(await feed.caught_up_at(session), now)
    return CoverageSummary(
        person_id=person_id,
        on=today,
        entitlements=[views.entitlement(each) for each in held],
        last_determination=views.summary(last[0]) if last else None,
        minimum_access=list(minimum_access(await books.current(session), today).codes),
        age_s=age_s,
        stale=age_s is not None and age_s > STALE_AFTER_S,
    )


def _age(caught_up_at: datetime | None, now: datetime) -> float | None:
    return None if caught_up_at is None else max(0.0, round((now - caught_up_at).total_seconds(), 3))
