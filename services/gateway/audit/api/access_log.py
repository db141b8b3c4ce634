"""`/v1/persons/{id}/access-log`: who used a person's data, for her."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request, Response
from fastapi.security import SecurityScopes

from services.gateway.audit.contract import AccessEntryBody, AccessLogBody, CodedBody, LogPartsBody, SaidBody
from services.gateway.audit.domain.accesses import Access
from services.gateway.audit.operations.read_access_log import read_access_log
from services.gateway.audit.reference import words
from services.gateway.audit.store.own import OwnTrail
from services.gateway.ports import Spoken
from services.kit import problems
from services.kit.callers import Caller, plain_caller
from services.kit.clock import Now
from services.kit.pages import Page, next_cursor
from services.kit.problems import Problem
from services.kit.routes import Router, documented
from services.trail.routes import Noting

router = Router(tags=["persons"])
Names = Callable[[Collection[str]], Awaitable[Mapping[str, str]]]
"""Give the names of organisations by their codes; a code that nobody bears is left out."""

_WAYS = {"persons:read": "SUBJECT_REQUEST", "audit:read": "AUDIT"}
"""Either at the person's own request, or to audit."""


async def entitled(request: Request, at: Now) -> Caller:
    """Return a caller who may read a person's log.

    Raises:
        Problem: 401 without a good token; 403 without a scope, for another purpose, or outside what is agreed.
    """
    caller = await plain_caller(request, SecurityScopes([]), request.headers.get("authorization"), at)
    held = [scope for scope in _WAYS if caller.may(scope)]
    if not held:
        raise Problem(problems.INSUFFICIENT_SCOPE)
    fitting = [scope for scope in held if _WAYS[scope] == caller.purpose]
    if not fitting:
        raise Problem(problems.PURPOSE_NOT_AGREED)
    if caller.share_of(fitting[0].partition(":")[0]) is None:
        raise Problem(problems.RESOURCE_NOT_AGREED)
    return caller


async def read_names(request: Request) -> Names:
    """Return what names organisations."""
    names: Names = request.app.state.organisation_names
    return names


@router.get(
    "/v1/persons/{person_id}/access-log",
    operation_id="read_access_log",
    summary="Who used a person's data",
    responses=documented(
        problems.UNAUTHENTICATED,
        problems.INSUFFICIENT_SCOPE,
        problems.PURPOSE_REQUIRED,
        problems.PURPOSE_UNKNOWN,
        problems.PURPOSE_NOT_AGREED,
        problems.RESOURCE_NOT_AGREED,
        problems.NOT_FOUND,
    ),
    openapi_extra={"x-personal-data": True, "security": [{"oauth2": [scope]} for scope in _WAYS]},
)
async def access_log(
    *,
    person_id: UUID,
    request: Request,
    response: Response,
    caller: Annotated[Caller, Depends(entitled)],
    services: Spoken,
    names: Annotated[Names, Depends(read_names)],
    row: Noting,
    page: Page,
) -> AccessLogBody:
    """Return which organisations used the person's data, why, for what and with which outcome; the newest first.

    At her own request (`persons:read`, purpose `SUBJECT_REQUEST`) or to audit (`audit:read`, purpose `AUDIT`). It
    names no staff and no programs, and holds nothing of confidential care. A store that does not answer is
    `unavailable` in `parts`, and its entries are missing. The look itself is in the log from then on.
    """
    row.caller = caller
    found = await read_access_log(
        services,
        OwnTrail(request.app.state.database, row),
        person_id=person_id,
        caller=caller,
        request_id=request.state.request_id,
        before=_before(page.after),
        limit=page.limit,
    )
    named = await names({entry.organisation for entry in found.entries})
    last = None if found.last is None else (found.last[0].isoformat(), str(found.last[1]))
    response.headers["cache-control"] = "no-store"
    return AccessLogBody(
        person_id=person_id,
        items=[_entry(one, named) for one in found.entries],
        parts=LogPartsBody(**{store.value: part for store, part in found.parts.items()}),
        next=next_cursor(request, response, last),
    )


def _before(after: Any) -> tuple[datetime, UUID] | None:
    return (datetime.fromisoformat(after[0]), UUID(after[1])) if after else None


def _entry(one: Access, names: Mapping[str, str]) -> AccessEntryBody:
    outcome = one.outcome.partition(":")[0]
    return AccessEntryBody(
        at=one.at,
        organisation=names.get(one.organisation),
        purpose=None if one.purpose is None else CodedBody(code=one.purpose, **words.purpose(one.purpose)),
        action=SaidBody(**words.action(one.action)),
        outcome=CodedBody(code=outcome, **words.outcome(outcome)),
    )
