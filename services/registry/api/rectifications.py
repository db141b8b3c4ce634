"""Rectifications: what a person says is wrong, the clock that runs from then on, and the answer."""

from datetime import date, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession, WriteSession
from services.kit.fields import CivilDate
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.registry.api import rights_problems as refusals
from services.registry.api.dependencies import PersonId, Trail, Writing, require_open
from services.registry.contract.rights import (
    NewRectification,
    RecipientBody,
    RectificationAnswer,
    RectificationBody,
    RectificationFigures,
    RectificationPage,
)
from services.registry.domain.rectifications import Rectification, RectificationState
from services.registry.operations.answer_rectification import answer_rectification as answer
from services.registry.operations.request_rectification import Complaint
from services.registry.operations.request_rectification import request_rectification as ask
from services.registry.store import rectifications as store
from services.registry.store import rights_seeds
from services.registry.store.walls import Sight

router = Router(tags=["rights"])
RectificationId = Annotated[UUID, Path(description="Id of the request")]
_PATH = "/v1/persons/{person_id}/rectifications"
_FIELD = {"x-field": "rectifications"}
_TARGET = 100
_YEAR = timedelta(days=365)


@router.post(
    _PATH,
    operation_id="request_rectification",
    status_code=201,
    openapi_extra=_FIELD,
    responses=documented(refusals.EVIDENCE_UNKNOWN, refusals.DAY_REFUSED),
)
async def request_rectification(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    body: NewRectification,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> RectificationBody:
    """Take in that a person says something about her is wrong; the answer is due in ten clear days."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    complaint = Complaint(body.fields, body.said, body.wanted, body.channel, body.received_on, body.documents)
    made = await ask(session, person_id, complaint, await writing.by(caller))
    response.headers["location"] = f"/v1/persons/{person_id}/rectifications/{made.id}"
    return _body(made, request, writing.today)


@router.get(_PATH, operation_id="list_rectifications", openapi_extra=_FIELD)
async def list_rectifications(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    page: Page,
    trail: Trail,
) -> RectificationPage:
    """Return what a person says is wrong, newest first, with the answers."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    before = UUID(page.after[0]) if page.after else None
    found = await store.page(session, person_id, before=before, limit=page.limit + 1)
    shown = found[: page.limit]
    after = [str(shown[-1].id)] if len(found) > page.limit else None
    items = [_body(one, request, today) for one in shown]
    return RectificationPage(items=items, next=next_cursor(request, response, after))


@router.get(f"{_PATH}/{{rectification_id}}", operation_id="read_rectification", openapi_extra=_FIELD)
async def read_rectification(
    *,
    request: Request,
    person_id: PersonId,
    rectification_id: RectificationId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    trail: Trail,
) -> RectificationBody:
    """Return a request with its clock and its answer."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return _body(await store.find(session, person_id, rectification_id), request, today)


@router.post(
    f"{_PATH}/{{rectification_id}}/answer",
    operation_id="answer_rectification",
    openapi_extra=_FIELD,
    responses=documented(refusals.RECTIFICATION_ANSWERED, refusals.CHANGE_REQUEST_FOREIGN),
)
async def answer_rectification(
    *,
    request: Request,
    person_id: PersonId,
    rectification_id: RectificationId,
    body: RectificationAnswer,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> RectificationBody:
    """Answer with reasons. Where something is put right, the answer names who has read her and is to be told."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    answered = await answer(
        session,
        person_id,
        rectification_id,
        outcome=RectificationState(body.outcome),
        reasons=body.reasons,
        change_request_id=body.change_request_id,
        pseudonym=request.app.state.pseudonyms.of(person_id),
        act=await writing.by(caller),
    )
    return _body(answered, request, writing.today)


@router.get("/v1/rectifications", operation_id="list_waiting_rectifications", openapi_extra=_FIELD)
async def list_waiting_rectifications(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    page: Page,
    trail: Trail,
    overdue: Annotated[bool, Query(description="Those alone whose ten days have passed")] = False,
) -> RectificationPage:
    """Return the requests that wait for an answer, the most urgent first."""
    after = (date.fromisoformat(page.after[0]), UUID(page.after[1])) if page.after else None
    sight = Sight(caller.viewer, caller.rows_of("persons"))
    due_before = today if overdue else None
    found = await store.waiting(session, sight, due_before=due_before, after=after, limit=page.limit + 1)
    shown, more = found[: page.limit], len(found) > page.limit
    trail.about(*(one.person_id for one in shown))
    items = [_body(one, request, today) for one in shown]
    last = [shown[-1].due_on.isoformat(), str(shown[-1].id)] if more else None
    return RectificationPage(items=items, next=next_cursor(request, response, last))


@router.get("/v1/rectifications/figures", operation_id="count_rectifications", openapi_extra=_FIELD)
async def count_rectifications(
    *,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    since: Annotated[CivilDate | None, Query(description="Received from this day on; a year ago when left out")] = None,
    until: Annotated[CivilDate | None, Query(description="Received up to this day; today when left out")] = None,
) -> RectificationFigures:
    """Return the indicator DPR01: how many requests of a period were answered in ten days."""
    end = until or today
    start = since or end - _YEAR
    sight = Sight(caller.viewer, caller.rows_of("persons"))
    found = await store.figures(session, sight, since=start, until=end, today=today)
    return RectificationFigures(
        period_start=start,
        period_end=end,
        as_of=today,
        numerator=found.in_time,
        denominator=found.requests - found.open,
        value=found.value,
        target=_TARGET,
        requests=found.requests,
        late=found.late,
        open=found.open,
        overdue=found.overdue,
    )


def _body(rectification: Rectification, request: Request, today: date) -> RectificationBody:
    language = problems.language_of(request.headers.get("accept-language"))
    contested = rectification.state in {RectificationState.REFUSED, RectificationState.PARTLY_ACCEPTED}
    recipients = rectification.recipients
    return RectificationBody(
        id=rectification.id,
        person_id=rectification.person_id,
        number=rectification.number,
        state=rectification.state,
        fields=list(rectification.fields),
        said=rectification.said,
        wanted=rectification.wanted,
        channel=rectification.channel,
        documents=list(rectification.documents),
        received_on=rectification.received_on,
        due_on=rectification.due_on,
        days_left=rectification.days_left_on(today),
        overdue=rectification.overdue_on(today),
        recorded_at=rectification.recorded_at,
        organisation=rectification.organisation,
        change_request_id=rectification.change_request_id,
        answered_on=rectification.answered_on,
        reasons=rectification.reasons,
        recipients=None if recipients is None else [RecipientBody(**one) for one in recipients],
        appeal=rights_seeds.texts("appeal")["RECTIFICATION"][language] if contested else None,
    )
