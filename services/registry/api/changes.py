"""The change feed."""

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import changes
from services.background.change_routes import SHARING, After, Limit, Read, Wait, look, rows_of
from services.background.changes import Change
from services.kit.callers import Caller, requires
from services.kit.routes import Router
from services.registry.api.dependencies import Trail
from services.registry.contract.facts import ChangePage
from services.registry.domain.facts import facts_for
from services.registry.store import walls

router = Router(tags=["changes"])


@router.get("/v1/changes", operation_id="list_changes", response_model=ChangePage, openapi_extra={"x-sharing": SHARING})
async def list_changes(
    *,
    request: Request,
    caller: Annotated[Caller, requires("changes:read")],
    trail: Trail,
    after: After = None,
    limit: Limit = 100,
    wait: Wait = 0,
) -> Response:
    """Return changes after a cursor, in order, none skipped; waits for the first one when asked to.

    References and versions only; callers with the scope facts:read get the facts of their purpose as well.
    """
    found: list[Change] = await look(request, after, limit, wait, _read_as(caller))
    trail.about(*(change.subject for change in found))
    with_facts = caller.may("facts:read")
    body = {
        "items": [_item(change, caller, with_facts=with_facts) for change in found],
        "next": found[-1].cursor if found else after or changes.START,
        "caught_up": len(found) < limit,
    }
    return Response(orjson.dumps(body), headers={"cache-control": "no-store"}, media_type="application/json")


def _read_as(caller: Caller) -> Read:
    """Return what reads the changes of those whom a caller may know of.

    Who is told the facts is told what they withhold, and puts up the wall itself: that is the programme's services,
    and the gateway. To all others a protected person's changes are not there: no page is emptier for them, no wait
    shorter, and the cursor does not move over them alone. Of an erased person who was protected, likewise: what she
    withheld stays beside her changes.
    """
    read = rows_of(caller)
    if caller.may("facts:read") or caller.actor == caller.subject:
        return read

    async def open_ones(session: AsyncSession, cursor: str | None, *, limit: int) -> Sequence[Change]:
        kept: list[Change] = []
        while len(kept) < limit:
            page: Sequence[Change] = await read(session, cursor, limit=limit)
            closed = await walls.closed_among(session, {change.subject for change in page}, caller.viewer)
            kept += [change for change in page if change.subject not in closed and "withheld" not in change.payload]
            if len(page) < limit:
                break
            cursor = page[-1].cursor
        return kept[:limit]

    return open_ones


def _item(change: Change, caller: Caller, *, with_facts: bool) -> dict[str, Any]:
    told = change.payload.get("facts")  # none of an erased person
    item = {
        "cursor": change.cursor,
        "id": change.id,
        "at": change.at,
        "kind": change.kind,
        "person_id": str(change.subject),
        "version": change.version,
    }
    if with_facts:
        item["facts"] = None if told is None else facts_for(caller.purpose, told)
    if caller.actor == caller.subject:  # the gateway itself, which tells partners of their own rows alone
        item["organisation"] = change.payload.get("organisation")
        item["withheld"] = (change.payload if told is None else told).get("withheld") or {}
    return item
