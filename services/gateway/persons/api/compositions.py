"""The answers that need several services."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.security import SecurityScopes

from services.gateway.persons.api.questions import passed_headers, read_question
from services.gateway.persons.contract import OverviewBody, PartBody, PartsBody
from services.gateway.persons.domain.parts import PARTS, Part
from services.gateway.persons.operations.ask_with_facts import Question, ask_with_facts
from services.gateway.persons.operations.read_overview import read_overview
from services.gateway.ports import Spoken, answer_of
from services.kit import problems
from services.kit.callers import Caller, plain_caller, requires
from services.kit.clock import Now
from services.kit.problems import Problem
from services.kit.routes import Router, documented

router = Router()
_GUARDED = documented(
    problems.UNAUTHENTICATED,
    problems.INSUFFICIENT_SCOPE,
    problems.PURPOSE_REQUIRED,
    problems.PURPOSE_UNKNOWN,
    problems.PURPOSE_NOT_AGREED,
)
_ASKED = documented(problems.NOT_FOUND, problems.TOO_LARGE, problems.UNSUPPORTED_MEDIA, problems.INVALID)
_PERSONAL: dict[str, Any] = {"x-personal-data": True}
"""The services that answer write the audit rows; the gateway keeps none, and asks for the purpose at its gates."""


def _composed(service: str, path: str) -> dict[str, Any]:
    return {**_PERSONAL, "x-composed-from": {"service": service, "path": path}}


async def any_part(request: Request, at: Now) -> Caller:
    """Return a caller who may be shown at least one part.

    Raises:
        Problem: 401 without a good token, 403 where there is no part for her.
    """
    caller = await plain_caller(request, SecurityScopes([]), request.headers.get("authorization"), at)
    if not any(asking.scope in caller.scopes for asking in PARTS):
        raise Problem(problems.INSUFFICIENT_SCOPE)
    return caller


@router.get(
    "/v1/persons/{person_id}/overview",
    operation_id="read_overview",
    tags=["persons"],
    summary="A person across services",
    responses=_GUARDED,
    openapi_extra={**_PERSONAL, "security": [{"oauth2": [asking.scope]} for asking in PARTS]},
)
async def overview(
    person_id: UUID,
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(any_part)],
    services: Spoken,
) -> OverviewBody:
    """Return what each service says about a person, with honest gaps.

    A part whose scope the token lacks is `denied`; one whose service is down or slow is `unavailable`; one that rests
    on old facts is `stale`, with their age.
    """
    parts = await read_overview(services, person_id=person_id, caller=caller, request_id=request.state.request_id)
    response.headers["cache-control"] = "no-store"
    return OverviewBody(person_id=person_id, parts=PartsBody(**{name: _body(part) for name, part in parts.items()}))


@router.post(
    "/v1/coverage/determinations",
    operation_id="determine_coverage",
    tags=["coverage"],
    response_model=None,
    status_code=201,
    responses={**_GUARDED, **_ASKED},
    openapi_extra=_composed("health", "/v1/coverage/determinations"),
)
async def determine_coverage(
    request: Request, caller: Annotated[Caller, requires("coverage:decide", personal=False)], services: Spoken
) -> Response:
    """Say which health coverage a person is entitled to, criterion by criterion."""
    return await _ask("health", "/v1/coverage/determinations", request, caller, services)


@router.post(
    "/v1/sessions/{session_id}/applications",
    operation_id="apply_to_session",
    tags=["courses"],
    response_model=None,
    status_code=201,
    responses={**_GUARDED, **_ASKED},
    openapi_extra=_composed("training", "/v1/sessions/{session_id}/applications"),
)
async def apply_to_session(
    session_id: UUID,
    request: Request,
    caller: Annotated[Caller, requires("enrolments:write", personal=False)],
    services: Spoken,
) -> Response:
    """Apply for a seat; the answer explains the admission finding."""
    return await _ask("training", f"/v1/sessions/{session_id}/applications", request, caller, services)


async def _ask(service: str, target: str, request: Request, caller: Caller, services: Spoken) -> Response:
    body, person_id = await read_question(request)
    question = Question(service, target, body, person_id, passed_headers(request))
    return answer_of(await ask_with_facts(services, question, caller=caller, request_id=request.state.request_id))


def _body(part: Part) -> PartBody:
    return PartBody(status=part.status, age_s=part.age_s, data=None if part.data is None else dict(part.data))
