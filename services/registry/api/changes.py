"""The change feed."""

import asyncio
from typing import Annotated, Any

import orjson
from fastapi import Query, Request, Response

from services.kit import changes, problems
from services.kit.callers import Caller, requires
from services.kit.changes import Change
from services.kit.database import Database
from services.kit.problems import FieldError, Problem
from services.kit.routes import Router
from services.registry.api.dependencies import Trail
from services.registry.contract.facts import ChangePage
from services.registry.domain.facts import facts_for

LONGEST_WAIT_S = 30
_LOOK_AGAIN_S = 0.2

router = Router(tags=["changes"])


@router.get("/v1/changes", operation_id="list_changes", response_model=ChangePage)
async def list_changes(
    *,
    request: Request,
    caller: Annotated[Caller, requires("changes:read")],
    trail: Trail,
    after: Annotated[str | None, Query(max_length=60, description="`next` of the page before")] = None,
    limit: Annotated[int, Query(ge=1, le=1000, description="The most items to return")] = 100,
    wait: Annotated[int, Query(ge=0, le=LONGEST_WAIT_S, description="Seconds to wait for a change")] = 0,
) -> Response:
    """Return changes after a cursor, in order, none skipped; waits for the first one when asked to.

    References and versions only; callers with the scope facts:read get the facts of their purpose as well.
    """
    found = await _look(request, after, limit, wait)
    trail.about(*(change.subject for change in found))
    with_facts = caller.may("facts:read")
    body = {
        "items": [_item(change, caller.purpose, with_facts=with_facts) for change in found],
        "next": found[-1].cursor if found else after or changes.START,
        "caught_up": len(found) < limit,
    }
    return Response(orjson.dumps(body), headers={"cache-control": "no-store"}, media_type="application/json")


async def _look(request: Request, after: str | None, limit: int, wait: int) -> list[Change]:
    """Look for changes until there is one, the time is up, or the service is about to stop."""
    state = request.app.state
    database: Database = state.database
    loop = asyncio.get_running_loop()
    until = loop.time() + wait
    while True:
        try:
            async with database.sessions.begin() as session:
                found = list(await changes.read_after(session, after, limit=limit))
        except ValueError:
            error = FieldError("?after", "cursor_foreign", "Send `next` of the page before, or none")
            raise Problem(problems.INVALID, [error]) from None
        if found or loop.time() >= until or state.draining or await request.is_disconnected():
            return found
        await asyncio.sleep(_LOOK_AGAIN_S)


def _item(change: Change, purpose: str | None, *, with_facts: bool) -> dict[str, Any]:
    item = {
        "cursor": change.cursor,
        "id": change.id,
        "at": change.at,
        "kind": change.kind,
        "person_id": str(change.subject),
        "version": change.version,
    }
    if with_facts:
        item["facts"] = facts_for(purpose, change.payload["facts"])
    return item
