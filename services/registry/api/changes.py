"""The change feed."""

from typing import Annotated, Any

import orjson
from fastapi import Request, Response

from services.background import changes
from services.background.change_routes import SHARING, After, Limit, Wait, look, rows_of
from services.background.changes import Change
from services.kit.callers import Caller, requires
from services.kit.routes import Router
from services.registry.api.dependencies import Trail
from services.registry.contract.facts import ChangePage
from services.registry.domain.facts import facts_for

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
    found: list[Change] = await look(request, after, limit, wait, rows_of(caller))
    trail.about(*(change.subject for change in found))
    with_facts = caller.may("facts:read")
    body = {
        "items": [_item(change, caller, with_facts=with_facts) for change in found],
        "next": found[-1].cursor if found else after or changes.START,
        "caught_up": len(found) < limit,
    }
    return Response(orjson.dumps(body), headers={"cache-control": "no-store"}, media_type="application/json")


def _item(change: Change, caller: Caller, *, with_facts: bool) -> dict[str, Any]:
    item = {
        "cursor": change.cursor,
        "id": change.id,
        "at": change.at,
        "kind": change.kind,
        "person_id": str(change.subject),
        "version": change.version,
    }
    if with_facts:
        item["facts"] = facts_for(caller.purpose, change.payload["facts"])
    if caller.actor == caller.subject:  # the gateway itself, which tells partners of their own rows alone
        item["organisation"] = change.payload.get("organisation")
    return item
