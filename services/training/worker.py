"""The training service's background work: follow the registry's change feed, seal the audit trail."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import worker
from services.background.follower import Follower, Item
from services.kit import clock
from services.kit.database import Database
from services.trail.workers import sealing
from services.training.courses.api.messages import facts_in_feed
from services.training.courses.operations.erase_person import erase_person
from services.training.courses.operations.record_facts import record_facts
from services.training.settings import TrainingSettings

PURPOSE = "TRAINING"
ERASED = "person.erased"
POOL_SIZE = 3


async def work(stopping: asyncio.Event) -> None:
    """Work until told to stop."""
    settings = TrainingSettings()
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=POOL_SIZE)
    try:
        backgrounds = [_follower(database, settings).run, sealing(database, "training")]
        await worker.run(database, url, tasks={}, backgrounds=backgrounds, stopping=stopping)
    finally:
        await database.close()


async def apply(session: AsyncSession, items: Sequence[Item]) -> None:
    """Record the facts that a page carries, and erase whom the registry has erased; again changes nothing."""
    for item in items:
        if item.get("kind") == ERASED:
            await erase_person(session, UUID(str(item["person_id"])), at=clock.now())
            continue
        told = facts_in_feed(item)
        if told is not None:
            await record_facts(session, *told)


def _follower(database: Database, settings: TrainingSettings) -> Follower:
    if settings.client_id is None or settings.client_secret is None:
        raise ValueError("the worker needs INDIMAJ_TRAINING_CLIENT_ID and INDIMAJ_TRAINING_CLIENT_SECRET")
    return Follower(
        database,
        gateway_url=settings.gateway_url,
        credentials=(settings.client_id, settings.client_secret.get_secret_value()),
        token_url=settings.token_url,
        purpose=PURPOSE,
        apply=apply,
    )
