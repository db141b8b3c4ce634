"""A service's own feed of changes: references and versions, for the gateway; and the long poll behind any feed."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import changes
from services.background.changes import Change
from services.kit import audit, problems
from services.kit.callers import Caller, requires
from services.kit.database import Database
from services.kit.fields import StrictModel
from services.kit.problems import FieldError, Problem
from services.kit.routes import Router

LONGEST_WAIT_S = 30
SHARING = {"kept": ["cursor", "at", "kind", "subject", "caught_up", "after", "wait"]}
_LOOK_AGAIN_S = 0.2
Read = Callable[..., Awaitable[Any]]

After = Annotated[str | None, Query(max_length=60, description="`next` of the page before")]
Limit = Annotated[int, Query(ge=1, le=1000, description="The most items to return")]
Wait = Annotated[int, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for a change")]


class ReferenceChange(StrictModel):
    """One change: what, which, since when; never a value."""

    cursor: str
    id: int
    at: datetime
    kind: str
    subject: UUID
    version: int
    payload: dict[str, Any]
    withheld: dict[str, Any] | None = None
    withheld_at: int | None = None


class ReferencePage(StrictModel):
    """Changes, oldest first."""

    items: list[ReferenceChange]
    next: str
    caught_up: bool


router = Router(tags=["changes"])


@router.get("/v1/changes", operation_id="list_changes", openapi_extra={"x-internal": True, "x-sharing": SHARING})
async def list_changes(
    *,
    request: Request,
    caller: Annotated[Caller, requires("changes:read")],
    trail: Annotated[audit.Trail, Depends(audit.trail)],
    after: After = None,
    limit: Limit = 100,
    wait: Wait = 0,
) -> ReferencePage:
    """Return changes after a cursor, in order, none skipped; waits for the first one when asked to."""
    found: Sequence[Change] = await look(request, after, limit, wait, _read_as(caller))
    trail.about(*(UUID(each.payload["person_id"]) for each in found if "person_id" in each.payload))
    items = [ReferenceChange.model_validate(each, from_attributes=True) for each in found]
    next_after = found[-1].cursor if found else after or changes.START
    return ReferencePage(items=items, next=next_after, caught_up=len(found) < limit)


def _read_as(caller: Caller) -> Read:
    """Return what reads the changes for a caller; the gateway, which tells partners, learns whom not to tell."""
    read = rows_of(caller)
    if caller.actor != caller.subject:
        return read

    async def with_walls(session: AsyncSession, cursor: str | None, *, limit: int) -> Sequence[Change]:
        return await changes.with_walls(session, await read(session, cursor, limit=limit))

    return with_walls


def rows_of(caller: Caller) -> Read:
    """Return what reads the changes that are open to a caller: those of the rows that she may know of."""
    return partial(changes.read_after, organisation=caller.rows_of("changes") or caller.persons_of())


async def look(request: Request, after: str | None, limit: int, wait: int, read: Read = changes.read_after) -> Any:
    """Look for changes until there is one, the time is up, the caller has left, or the service is about to stop.

    Raises:
        Problem: 422 for a cursor that is not ours.
    """
    state = request.app.state
    database: Database = state.database
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    while True:
        try:
            async with database.sessions.begin() as session:
                found = await read(session, after, limit=limit)
        except ValueError:
            error = FieldError("?after", "cursor_foreign", "Send `next` of the page before, or none")
            raise Problem(problems.INVALID, [error]) from None
        if found or loop.time() >= until or state.draining or await request.is_disconnected():
            return found
        await asyncio.sleep(_LOOK_AGAIN_S)
