"""What changed of a person, version by version."""

from typing import Annotated

from fastapi import Request, Response

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.contract.history import FieldChangeBody, HistoryEntry, HistoryPage, Sentence
from services.registry.domain.history import Entry, FieldChange, entries
from services.registry.domain.narration import sentences
from services.registry.store import history as store
from services.registry.store import seeds

router = Router(tags=["persons"])
_BIRTH = (
    "year", "month", "day", "precision", "circa", "earliest", "latest", "suspect_default", "declared_as", "source",
)  # fmt: skip
_SHARING = {
    "kept": ["at", "operation", "organisation"],
    "named": {
        "addresses": "address",
        "by": "history",
        "reason": "history",
        **{f"birth_{part}": "birth" for part in _BIRTH},
    },
    "entries": "changes",
}
_REASONED = frozenset(
    {
        "retract_identifier", "retract_permit", "retract_legal_status", "retract_address", "withdraw_permit",
        "decide_renewal",
    }
)  # fmt: skip
"""Operations whose reason is about a paper and may be read with it; no other reason leaves the source record."""


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
    """Return the versions of a person, newest first: when, by whom, and what each changed, in words and as data."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    older_than = int(page.after[0]) if page.after else None
    found = [
        entry
        for entry in entries(*await store.versions(session, person_id))
        if older_than is None or entry.version.number < older_than
    ]
    shown, more = found[: page.limit], len(found) > page.limit
    items = [_entry(entry, caller) for entry in shown]
    after = [shown[-1].version.number] if more else None
    return HistoryPage(items=items, next=next_cursor(request, response, after))


def _entry(entry: Entry, caller: Caller) -> HistoryEntry:
    version = entry.version
    return HistoryEntry(
        version=version.number,
        at=version.at,
        operation=version.operation,
        organisation=version.organisation,
        by=version.received_by if version.organisation == caller.organisation else None,
        reason=version.reason if version.operation in _REASONED else None,
        changes=[_change(change) for change in entry.changes],
    )


def _change(change: FieldChange) -> FieldChangeBody:
    start, end = change.valid
    return FieldChangeBody.model_validate(
        {
            "field": change.field,
            "kind": change.kind,
            "before": change.before,
            "after": change.after,
            "valid_from": start,
            "valid_to": end,
            "text": Sentence(**sentences(change, seeds.history_words())),
        },
        strict=False,
    )
