"""Read events."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.catalogue import Catalogue
from services.gateway.events.domain.rights import may_know
from services.gateway.events.store import events
from services.gateway.events.store.events import EventPage
from services.gateway.events.store.ports import GivenTo, Rights
from services.kit.callers import Caller


async def read_events(
    session: AsyncSession,
    after: str | None,
    *,
    limit: int,
    caller: Caller,
    types: Collection[str],
    catalogue: Catalogue,
    given_to: GivenTo,
    at: datetime,
) -> EventPage:
    """Return a page of what a caller may know: what agreements give now, and gave on the day of the event.

    The cursor goes past what is held back, so that it says nothing about it; a page may hold fewer than the limit.

    Args:
        session: The transaction.
        after: The cursor of the page before.
        limit: The most events to look at.
        caller: Who asks, and what for.
        types: Which types she wants.
        catalogue: The types there are.
        given_to: Asks the agreements.
        at: The present instant.

    Raises:
        ValueError: The cursor is not one of ours.
    """
    rights, purpose = Rights(given_to), caller.purpose or ""
    today = await rights.given(session, caller.organisation, purpose, at)
    open_to_her = [each for each in types if catalogue.types[each].resource in today]
    page = await events.read_after(session, after, types=open_to_her, limit=limit)
    kept = []
    for event in page.items:
        then = await rights.given(session, caller.organisation, purpose, event.recorded_at)
        known = may_know(event, caller.organisation, today) and may_know(event, caller.organisation, then)
        if known and await rights.open_to(session, event, caller.viewer):
            kept.append(event)
    return replace(page, items=kept)
