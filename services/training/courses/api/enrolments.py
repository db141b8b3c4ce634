"""Enrolments over HTTP, and the summary for a person's overview."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit import clock, etags
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page
from services.kit.problems import NOT_FOUND
from services.kit.routes import Router, documented
from services.training.courses.api import problems
from services.training.courses.api.edges import TrailDep, cut
from services.training.courses.contract.enrolments import (
    ApplicationSummary,
    Enrolment,
    EnrolmentPage,
    EnrolmentRequest,
    TrainingSummary,
    WithdrawalRequest,
)
from services.training.courses.domain import enrolments as domain
from services.training.courses.domain.errors import EnrolmentNotFoundError
from services.training.courses.operations.enrol_learner import enrol_learner as enrol
from services.training.courses.operations.withdraw_learner import withdraw_learner as withdraw
from services.training.courses.store import applications, enrolments

router = Router(tags=["enrolment"])
IN_SUMMARY = 20
SHARING = {
    "x-sharing": {
        "kept": ["session_id", "application_id"],
        "named": {"reason": "withdrawal_reason"},
        "records": ["applications", "enrolments"],
    }
}


@router.post(
    "/v1/enrolments",
    status_code=201,
    operation_id="enrol_learner",
    openapi_extra=SHARING,
    responses=documented(
        NOT_FOUND,
        problems.SESSION_FULL,
        problems.SESSION_NOT_OPEN,
        problems.NOT_ADMISSIBLE,
        problems.OVERLAPPING_COURSE,
        problems.ALREADY_ENROLLED,
        problems.TRANSITION_REFUSED,
    ),
)
async def enrol_learner(
    *,
    body: EnrolmentRequest,
    caller: Annotated[Caller, requires("enrolments:write")],
    session: WriteSession,
    trail: TrailDep,
    now: clock.Now,
    response: Response,
) -> Enrolment:
    """Give an admissible applicant a seat; capacity holds whatever races."""
    made = await enrol(
        session, body.application_id, at=now, organisation=caller.rows_of("enrolments"), viewer=caller.viewer
    )
    trail.about(made.person_id)
    response.headers["location"] = f"/v1/enrolments/{made.id}"
    return _answer(made, response)


@router.get("/v1/enrolments", operation_id="list_enrolments", openapi_extra=SHARING)
async def list_enrolments(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("enrolments:read")],
    session: ReadSession,
    trail: TrailDep,
    page: Page,
    person_id: Annotated[UUID, Query(description="Whose enrolments")],
) -> EnrolmentPage:
    """List a person's enrolments in the order they were made."""
    trail.about(person_id)
    after = UUID(page.after[0]) if page.after else None
    own = caller.rows_of("enrolments")
    records = await enrolments.page_of_person(
        session, person_id, after=after, limit=page.limit + 1, organisation=own, viewer=caller.viewer
    )
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.id])
    return EnrolmentPage(items=[_view(record) for record in kept], next=cursor)


@router.get("/v1/enrolments/{enrolment_id}", operation_id="read_enrolment", openapi_extra=SHARING)
async def read_enrolment(
    *,
    enrolment_id: UUID,
    caller: Annotated[Caller, requires("enrolments:read")],
    session: ReadSession,
    trail: TrailDep,
    response: Response,
) -> Enrolment:
    """Read an enrolment."""
    found = await enrolments.find(
        session, enrolment_id, organisation=caller.rows_of("enrolments"), viewer=caller.viewer
    )
    if found is None:
        raise EnrolmentNotFoundError
    trail.about(found.person_id)
    return _answer(found, response)


@router.post(
    "/v1/enrolments/{enrolment_id}/withdraw",
    operation_id="withdraw_learner",
    openapi_extra=SHARING,
    responses=documented(problems.TRANSITION_REFUSED),
)
async def withdraw_learner(
    *,
    enrolment_id: UUID,
    body: WithdrawalRequest | None = None,
    caller: Annotated[Caller, requires("enrolments:write")],
    session: WriteSession,
    trail: TrailDep,
    now: clock.Now,
    response: Response,
) -> Enrolment:
    """Give a learner's seat back; it is free at once."""
    reason = None if body is None else body.reason
    made = await withdraw(
        session, enrolment_id, reason=reason, at=now, organisation=caller.rows_of("enrolments"), viewer=caller.viewer
    )
    trail.about(made.person_id)
    return _answer(made, response)


@router.get("/v1/training/summary", operation_id="summarise_training", openapi_extra={"x-internal": True, **SHARING})
async def summarise_training(
    *,
    caller: Annotated[Caller, requires("enrolments:read")],
    session: ReadSession,
    trail: TrailDep,
    person_id: Annotated[UUID, Query(description="Whose summary")],
) -> TrainingSummary:
    """Summarise a person's applications and enrolments, newest first, for the gateway's overview."""
    trail.about(person_id)
    own = caller.rows_of("enrolments")
    applied = await applications.latest_of_person(
        session, person_id, limit=IN_SUMMARY, organisation=own, viewer=caller.viewer
    )
    enrolled = await enrolments.latest_of_person(
        session, person_id, limit=IN_SUMMARY, organisation=own, viewer=caller.viewer
    )
    return TrainingSummary(
        person_id=person_id,
        applications=[_short(record) for record in applied],
        enrolments=[_view(record) for record in enrolled],
    )


def _short(record: domain.Application) -> ApplicationSummary:
    return ApplicationSummary(
        id=record.id,
        session_id=record.session_id,
        state=record.state,
        status=record.outcome,
        created_at=record.created_at,
    )


def _answer(record: domain.Enrolment, response: Response) -> Enrolment:
    response.headers["etag"] = etags.etag(record.version)
    return _view(record)


def _view(record: domain.Enrolment) -> Enrolment:
    return Enrolment.model_validate(record, from_attributes=True)
