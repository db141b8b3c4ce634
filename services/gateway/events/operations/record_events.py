"""Take up changes of a service as events, and have them sent to whoever may know."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.events.domain.catalogue import Catalogue, matches
from services.gateway.events.domain.records import Change
from services.gateway.events.store import deliveries, events, subscriptions, withholding
from services.gateway.events.store.ports import GivenTo, Rights


async def record_events(
    session: AsyncSession, changes: Sequence[Change], *, catalogue: Catalogue, given_to: GivenTo, at: datetime
) -> None:
    """Write events, and a delivery for each subscription that wants one and may have it.

    A change that the catalogue does not name is dropped without a trace: nothing says that it ever was. A subscription
    whose organisation has no agreement for it today does not get it later either. What the changes say of whom a
    person is kept from holds for all of them, and for every event of hers that is not yet told.

    Args:
        session: The transaction in which the feed's cursor moves: each change takes effect exactly once.
        changes: In the order of the feed.
        catalogue: The types there are.
        given_to: Asks the agreements.
        at: The present instant.
    """
    for change in changes:
        await withholding.record(session, change)
    known = [(change, kind) for change in changes if (kind := catalogue.of(change)) is not None]
    if not known:
        return
    listening = await subscriptions.listening(session)
    rights = Rights(given_to)
    for change, kind in known:
        made = await events.add(session, change, kind, at=at)
        wanting = [each for each in listening if any(matches(pattern, kind.type) for pattern in each.types)]
        for each in wanting:
            if made is not None and await rights.may_know(session, made, each, at):
                await deliveries.add(session, each.id, made, at=at)
