"""Run a replay: the job that `start_replay` queued."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.background.jobs import JobContext
from services.gateway.events.domain.catalogue import Catalogue
from services.gateway.events.store import deliveries, events, subscriptions
from services.gateway.events.store.ports import GivenTo, Rights

BATCH = 500


async def replay_events(
    context: JobContext, *, catalogue: Catalogue, given_to: GivenTo, at: datetime
) -> Mapping[str, Any]:
    """Have the events of a period sent again; return how many.

    Only what agreements give today and gave on the day of the event: what was missed while there was no agreement is
    not made up for. Running it again sends nothing more that is still on its way.

    Args:
        context: The job.
        catalogue: The types there are.
        given_to: Asks the agreements.
        at: The present instant.
    """
    asked = context.arguments
    since, until = datetime.fromisoformat(asked["since"]), datetime.fromisoformat(asked["until"])
    subscription_id, organisation = UUID(asked["subscription_id"]), str(asked["organisation"])
    cursor, done, caught_up = str(asked["after"]), 0, False
    rights = Rights(given_to)
    while not caught_up:
        async with context.database.sessions.begin() as session:
            found = await subscriptions.find(session, subscription_id, organisation)
            if found is None:
                break
            page = await events.between(
                session, cursor, since=since, until=until, types=catalogue.matching(found.types), limit=BATCH
            )
            for event in page.items:
                now = await rights.may_know(session, event, found, at)
                if now and await rights.may_know(session, event, found, event.recorded_at):
                    await deliveries.add_again(session, subscription_id, event, at=at)
                    done += 1
            cursor, caught_up = page.next, page.caught_up
            await context.progress(session, done=done, total=done if caught_up else None)
    return {"sent_again": done}
