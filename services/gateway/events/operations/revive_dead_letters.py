"""Send dead letters again: the job that `start_replay` queued."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.background.jobs import JobContext
from services.gateway.events.store import deliveries

BATCH = 500


async def revive_dead_letters(context: JobContext) -> Mapping[str, Any]:
    """Have every letter sent again that was dead when the job was asked for; return how many.

    Rights are looked at when each of them is sent.
    """
    subscription_id = UUID(context.arguments["subscription_id"])
    asked_at = datetime.fromisoformat(context.arguments["asked_at"])
    done, revived = 0, BATCH
    async with context.database.sessions.begin() as session:
        total = await deliveries.count_dead(session, subscription_id)
    while revived == BATCH:
        async with context.database.sessions.begin() as session:
            revived = await deliveries.revive_dead(session, subscription_id, ended_before=asked_at, limit=BATCH)
            done += revived
            await context.progress(session, done=done, total=max(done, total))
    return {"sent_again": done}
