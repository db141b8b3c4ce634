"""Applications over HTTP."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit import clock, etags
from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page
from services.kit.routes import Router, documented
from services.kit.withholding import NOTHING
from services.training.courses.api import problems
from services.training.courses.api.edges import TrailDep, cut
from services.training.courses.api.messages import declared_of, facts_of, withheld_by
from services.training.courses.api.views import application_view
from services.training.courses.contract.admissions import (
    Application,
    ApplicationPage,
    ApplicationQuestion,
    DecisionRequest,
)
from services.training.courses.domain import enrolments as domain
from services.training.courses.domain.errors import ApplicationNotFoundError, SessionNotFoundError
from services.training.courses.domain.findings import Outcome
from services.training.courses.operations.apply_to_session import Request as ApplicationCase
from services.training.courses.operations.apply_to_session import apply_to_session as apply
from services.training.courses.operations.decide_application import decide_application as decide
from services.training.courses.operations.withdraw_application import withdraw_application as withdraw
from services.training.courses.store import applications, sessions

router = Router(tags=["admission"])
SHARING = {"x-sharing": {"kept": ["session_id", "facts"], "named": {"reason": "ruling"}}}
"""The gateway adds the registry's facts to a question: they are no member that a partner sends."""


@router.post(
    "/v1/sessions/{session_id}/applications",
    status_code=201,
    operation_id="apply_to_session",
    openapi_extra={"x-internal": True, **SHARING},
    responses=documented(
        problems.CODE_UNKNOWN, problems.ALREADY_APPLIED, problems.PERSON_DECEASED, problems.FACTS_UNAVAILABLE
    ),
)
async def apply_to_session(
    *,
    session_id: UUID,
    body: ApplicationQuestion,
    caller: Annotated[Caller, requires("enrolments:write")],
    session: WriteSession,
    trail: TrailDep,
    now: clock.Now,
    today: clock.Today,
    response: Response,
) -> Application:
    """Apply to a session: the answer says criterion by criterion what was found, on which fact, by which rule.

    The application is kept whatever the answer. The gateway publishes this operation and adds the registry's facts.
    """
    trail.about(body.person_id)
    case = ApplicationCase(
        session_id=session_id,
        person_id=body.person_id,
        declared=declared_of(body.declared),
        facts=None if body.facts is None else facts_of(body.facts),
        organisation=caller.organisation,
        own_persons=caller.persons_of() is not None,
        viewer=caller.viewer,
        withheld=NOTHING if body.facts is None else withheld_by(body.facts),
    )
    made = await apply(session, case, on=today, at=now)
    response.headers["location"] = f"/v1/applications/{made.id}"
    return _answer(made, response)


@router.get("/v1/sessions/{session_id}/applications", operation_id="list_applications", openapi_extra=SHARING)
async def list_applications(
    *,
    session_id: UUID,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("enrolments:read")],
    session: ReadSession,
    trail: TrailDep,
    page: Page,
    status: Annotated[Outcome | None, Query(description="Only those with this answer in force")] = None,
    state: Annotated[domain.State | None, Query()] = None,
) -> ApplicationPage:
    """List a session's applications in the order they came."""
    if await sessions.find(session, session_id) is None:
        raise SessionNotFoundError
    records = await applications.page_of_session(
        session,
        session_id,
        outcome=status,
        state=state,
        after=UUID(page.after[0]) if page.after else None,
        limit=page.limit + 1,
        organisation=caller.rows_of("enrolments"),
        viewer=caller.viewer,
    )
    kept, cursor = cut(records, page, request, response, key=lambda record: [record.id])
    trail.about(*(record.person_id for record in kept))
    return ApplicationPage(items=[application_view(record) for record in kept], next=cursor)


@router.get("/v1/applications/{application_id}", operation_id="read_application", openapi_extra=SHARING)
async def read_application(
    *,
    application_id: UUID,
    caller: Annotated[Caller, requires("enrolments:read")],
    session: ReadSession,
    trail: TrailDep,
    response: Response,
) -> Application:
    """Read an application with everything that explains its answer."""
    found = await applications.find(
        session, application_id, organisation=caller.rows_of("enrolments"), viewer=caller.viewer
    )
    if found is None:
        raise ApplicationNotFoundError
    trail.about(found.person_id)
    return _answer(found, response)


@router.post(
    "/v1/applications/{application_id}/decide",
    operation_id="decide_application",
    openapi_extra=SHARING,
    responses=documented(problems.DECISION_NOT_OPEN, problems.TRANSITION_REFUSED),
)
async def decide_application(
    *,
    application_id: UUID,
    body: DecisionRequest,
    caller: Annotated[Caller, requires("enrolments:write")],
    session: WriteSession,
    trail: TrailDep,
    now: clock.Now,
    response: Response,
) -> Application:
    """Decide an application that was referred, or that waits for a fact you have seen proven; the reason is kept."""
    ruling = domain.Ruling(Outcome(body.status), body.reason, caller.subject, now)
    made = await decide(
        session, application_id, ruling, organisation=caller.rows_of("enrolments"), viewer=caller.viewer
    )
    trail.about(made.person_id)
    return _answer(made, response)


@router.post(
    "/v1/applications/{application_id}/withdraw",
    operation_id="withdraw_application",
    openapi_extra=SHARING,
    responses=documented(problems.TRANSITION_REFUSED),
)
async def withdraw_application(
    *,
    application_id: UUID,
    caller: Annotated[Caller, requires("enrolments:write")],
    session: WriteSession,
    trail: TrailDep,
    response: Response,
) -> Application:
    """Withdraw an application that waits; the person may then apply again, with other facts."""
    made = await withdraw(session, application_id, organisation=caller.rows_of("enrolments"), viewer=caller.viewer)
    trail.about(made.person_id)
    return _answer(made, response)


def _answer(record: domain.Application, response: Response) -> Application:
    response.headers["etag"] = etags.etag(record.version)
    return application_view(record)
