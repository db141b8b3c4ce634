"""Determinations over HTTP."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query, Request, Response

from services.health.coverage.api import views
from services.health.coverage.api.dependencies import Books, Decider, Reader, TrailDep
from services.health.coverage.api.problems import TYPES
from services.health.coverage.contract.determinations import (
    Determination,
    DeterminationComparison,
    DeterminationPage,
    DeterminationQuestion,
)
from services.health.coverage.domain.errors import DeterminationNotFoundError
from services.health.coverage.domain.facts import Declared
from services.health.coverage.domain.records import Confirmation
from services.health.coverage.operations.confirm_determination import confirm_determination as confirm
from services.health.coverage.operations.determine_coverage import Question
from services.health.coverage.operations.determine_coverage import determine_coverage as determine
from services.health.coverage.operations.replay_determination import replay_determination as replay
from services.health.coverage.store import determinations
from services.kit import clock
from services.kit.database import ReadSession, WriteSession
from services.kit.fields import StrictModel
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.kit.withholding import NOTHING

router = Router(tags=["coverage"])
SHARING = {
    "x-sharing": {
        "kept": ["as_of", "minimum_access", "declared", "rules", "facts"],
        "records": ["decided", "current"],
    }
}
"""What everybody may have without any cover is the law's, and no partner's secret. `facts` are added by the gateway."""


class ConfirmationRequest(StrictModel):
    """Nothing needs to be said: the token says who confirms."""


@router.post(
    "/v1/coverage/determinations",
    status_code=201,
    operation_id="determine_coverage",
    responses=documented(TYPES["facts-unavailable"]),
    openapi_extra={"x-internal": True, **SHARING},
)
async def determine_coverage(
    *,
    body: DeterminationQuestion,
    caller: Decider,
    session: WriteSession,
    trail: TrailDep,
    books: Books,
    today: clock.Today,
    now: clock.Now,
    response: Response,
) -> Determination:
    """Say which coverage a person is entitled to, criterion by criterion; the answer is a proposal."""
    trail.about(body.person_id)
    question = Question(
        person_id=body.person_id,
        scheme=body.scheme,
        as_of=body.as_of or today,
        declared=Declared() if body.declared is None else body.declared.to_domain(),
        facts=None if body.facts is None else body.facts.to_domain(),
        requested_by=caller.subject,
        organisation=caller.organisation,
        own_persons=caller.persons_of() is not None,
        viewer=caller.viewer,
        withheld=NOTHING if body.facts is None else body.facts.keeping(),
    )
    made = await determine(session, question, books=books, at=now)
    response.headers["location"] = f"/v1/coverage/determinations/{made.id}"
    return views.determination(made)


@router.get("/v1/coverage/determinations", operation_id="list_determinations", openapi_extra=SHARING)
async def list_determinations(
    *,
    person_id: Annotated[UUID, Query(description="Whose determinations")],
    caller: Reader,
    session: ReadSession,
    trail: TrailDep,
    page: Page,
    request: Request,
    response: Response,
) -> DeterminationPage:
    """List a person's determinations, the newest first."""
    trail.about(person_id)
    before = UUID(page.after[0]) if page.after else None
    own = caller.rows_of("coverage")
    found = await determinations.of_person(
        session, person_id, before=before, limit=page.limit + 1, organisation=own, viewer=caller.viewer
    )
    kept = found[: page.limit]
    cursor = next_cursor(request, response, [kept[-1].id] if len(found) > page.limit else None)
    return DeterminationPage(items=[views.summary(each) for each in kept], next=cursor)


@router.get(
    "/v1/coverage/determinations/{determination_id}",
    operation_id="read_determination",
    openapi_extra=SHARING,
    responses=documented(TYPES["determination-not-found"]),
)
async def read_determination(
    determination_id: UUID, caller: Reader, session: ReadSession, trail: TrailDep
) -> Determination:
    """Read a determination as it was given, and who confirmed it."""
    found = await determinations.find(
        session, determination_id, organisation=caller.rows_of("coverage"), viewer=caller.viewer
    )
    if found is None:
        raise DeterminationNotFoundError
    trail.about(found.draft.person_id)
    return views.determination(found)


@router.post(
    "/v1/coverage/determinations/{determination_id}/confirm",
    operation_id="confirm_determination",
    openapi_extra=SHARING,
    responses=documented(
        TYPES["determination-not-found"],
        TYPES["already-confirmed"],
        TYPES["nothing-to-confirm"],
        TYPES["entitlement-overlaps"],
    ),
)
async def confirm_determination(
    *,
    determination_id: UUID,
    caller: Decider,
    session: WriteSession,
    trail: TrailDep,
    now: clock.Now,
    _body: ConfirmationRequest | None = None,
) -> Determination:
    """Stand for a determination as a human: a yes opens the entitlement, a no becomes final and may be appealed."""
    confirmation = Confirmation(now, caller.subject, caller.organisation)
    made = await confirm(
        session, determination_id, confirmation, organisation=caller.rows_of("coverage"), viewer=caller.viewer
    )
    trail.about(made.draft.person_id)
    return views.determination(made)


@router.get(
    "/v1/coverage/determinations/{determination_id}/replay",
    operation_id="replay_determination",
    openapi_extra=SHARING,
    responses=documented(TYPES["determination-not-found"], TYPES["replay-differs"]),
)
async def replay_determination(
    *,
    determination_id: UUID,
    caller: Reader,
    session: ReadSession,
    trail: TrailDep,
    books: Books,
    rules: Annotated[
        Literal["original", "current"],
        Query(description="`original` gives the determination again, byte for byte; `current` shows what would change"),
    ] = "original",
) -> Determination | DeterminationComparison:
    """Decide again from the facts that were kept, under the rules of then, or under those of now."""
    own = caller.rows_of("coverage")
    made = await replay(
        session, determination_id, books=books, with_current=rules == "current", organisation=own, viewer=caller.viewer
    )
    draft = made.determination.draft
    trail.about(draft.person_id)
    if made.current is None:
        return views.determination(made.determination)
    return DeterminationComparison(
        id=made.determination.id,
        rule_set=draft.rule_set,
        current_rule_set=made.current_rule_set or draft.rule_set,
        differing=list(made.differing),
        decided=dict(draft.answer),
        current=dict(made.current),
    )
