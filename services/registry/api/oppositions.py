"""Oppositions of a person to uses of her data."""

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import Path, Request, Response

from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.registry.api import rights_problems as refusals
from services.registry.api.dependencies import PersonId, Trail, Writing, require_open
from services.registry.contract.rights import Assessment, NewOpposition, OppositionBody, OppositionPage, Taking
from services.registry.domain.oppositions import Opposition, OppositionState
from services.registry.operations.assess_opposition import assess_opposition as assess
from services.registry.operations.oppose_use import Objection
from services.registry.operations.oppose_use import oppose_use as oppose
from services.registry.operations.withdraw_opposition import withdraw_opposition as withdraw
from services.registry.store import oppositions as store
from services.registry.store import rights_seeds

router = Router(tags=["rights"])
OppositionId = Annotated[UUID, Path(description="Id of the opposition")]
_PATH = "/v1/persons/{person_id}/oppositions"
_FIELD = {"x-field": "oppositions"}


@router.post(
    _PATH,
    operation_id="oppose_use",
    status_code=201,
    openapi_extra=_FIELD,
    responses=documented(refusals.EVIDENCE_UNKNOWN, refusals.DAY_REFUSED),
)
async def oppose_use(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    body: NewOpposition,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> OppositionBody:
    """Take in that a person says no to a use of her data.

    Sharing stops at once for every purpose that no law demands: to the recipient named she is from then on like
    nobody, in every service, list and feed. Somebody assesses her grounds by `due_on`.
    """
    trail.about(person_id)
    await require_open(session, person_id, caller)
    objection = Objection(body.recipient, body.purposes, body.grounds, body.channel, body.received_on, body.documents)
    made = await oppose(session, person_id, objection, await writing.by(caller))
    response.headers["location"] = f"/v1/persons/{person_id}/oppositions/{made.id}"
    return _body(made, request, writing.today)


@router.get(_PATH, operation_id="list_oppositions", openapi_extra=_FIELD)
async def list_oppositions(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    page: Page,
    trail: Trail,
) -> OppositionPage:
    """Return a person's oppositions, newest first."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    before = UUID(page.after[0]) if page.after else None
    found = await store.page(session, person_id, before=before, limit=page.limit + 1)
    shown = found[: page.limit]
    after = [str(shown[-1].id)] if len(found) > page.limit else None
    items = [_body(one, request, today) for one in shown]
    return OppositionPage(items=items, next=next_cursor(request, response, after))


@router.get(f"{_PATH}/{{opposition_id}}", operation_id="read_opposition", openapi_extra=_FIELD)
async def read_opposition(
    *,
    request: Request,
    person_id: PersonId,
    opposition_id: OppositionId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    trail: Trail,
) -> OppositionBody:
    """Return an opposition: what it stops, what a law demands, and how it was assessed."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return _body(await store.find(session, person_id, opposition_id), request, today)


@router.post(
    f"{_PATH}/{{opposition_id}}/assessment",
    operation_id="assess_opposition",
    openapi_extra=_FIELD,
    responses=documented(refusals.OPPOSITION_CLOSED, refusals.PURPOSE_STATUTORY),
)
async def assess_opposition(
    *,
    request: Request,
    person_id: PersonId,
    opposition_id: OppositionId,
    body: Assessment,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> OppositionBody:
    """Say with reasons whether the person's grounds hold; rejected, sharing goes on, and she is told of her appeal."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    act = await writing.by(caller)
    uphold = body.outcome == OppositionState.UPHELD.value
    assessed = await assess(session, person_id, opposition_id, uphold=uphold, reasons=body.reasons, act=act)
    return _body(assessed, request, writing.today)


@router.post(
    f"{_PATH}/{{opposition_id}}/withdrawal",
    operation_id="withdraw_opposition",
    openapi_extra=_FIELD,
    responses=documented(refusals.OPPOSITION_CLOSED),
)
async def withdraw_opposition(
    *,
    request: Request,
    person_id: PersonId,
    opposition_id: OppositionId,
    body: Taking,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> OppositionBody:
    """Take back an opposition, as the person wishes; what it had stopped goes on."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    act = await writing.by(caller)
    withdrawn = await withdraw(session, person_id, opposition_id, reason=body.reason, act=act)
    return _body(withdrawn, request, writing.today)


def _body(opposition: Opposition, request: Request, today: date) -> OppositionBody:
    language = problems.language_of(request.headers.get("accept-language"))
    rejected = opposition.state is OppositionState.REJECTED
    return OppositionBody(
        id=opposition.id,
        person_id=opposition.person_id,
        number=opposition.number,
        state=opposition.state,
        recipient=opposition.recipient,
        purposes=None if opposition.purposes is None else list(opposition.purposes),
        stopped=list(opposition.stopped),
        statutory=list(opposition.statutory),
        grounds=opposition.grounds,
        channel=opposition.channel,
        received_on=opposition.received_on,
        due_on=opposition.due_on,
        overdue=opposition.overdue_on(today),
        documents=list(opposition.documents),
        recorded_at=opposition.recorded_at,
        organisation=opposition.organisation,
        assessed_at=opposition.assessed_at,
        reasons=opposition.reasons,
        ended_at=opposition.ended_at,
        end_reason=opposition.end_reason,
        appeal=rights_seeds.texts("appeal")["OPPOSITION"][language] if rejected else None,
    )
