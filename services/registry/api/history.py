"""What changed of a person, version by version."""

from typing import Annotated

from fastapi import Request, Response

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.contract.persons import FieldChangeBody, HistoryEntry, HistoryPage
from services.registry.domain.history import entries
from services.registry.store import history as store

router = Router(tags=["persons"])
_BIRTH = ("year", "month", "day", "precision", "circa", "earliest", "latest", "suspect_default", "declared_as")
_SHARING = {
    "kept": ["at", "operation", "organisation"],
    "named": {"addresses": "address", **{f"birth_{part}": "birth" for part in _BIRTH}},
    "entries": "changes",
}


@router.get(
    "/v1/persons/{person_id}/history",
    operation_id="read_history",
    openapi_extra={"x-field": "history", "x-sharing": _SHARING},
)
async def read_history(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    page: Page,
    trail: Trail,
) -> HistoryPage:
    """Return the versions of a person, newest first: when, by whom, and what each changed."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    older_than = int(page.after[0]) if page.after else None
    found = [
        entry
        for entry in entries(*await store.versions(session, person_id))
        if older_than is None or entry.version.number < older_than
    ]
    shown, more = found[: page.limit], len(found) > page.limit
    items = [
        HistoryEntry(
            version=entry.version.number,
            at=entry.version.at,
            operation=entry.version.operation,
            organisation=entry.version.organisation,
            changes=[
                FieldChangeBody(field=change.field, before=change.before, after=change.after)
                for change in entry.changes
            ],
        )
        for entry in shown
    ]
    after = [shown[-1].version.number] if more else None
    return HistoryPage(items=items, next=next_cursor(request, response, after))
