"""The health service's worker: follows the registry's change feed, so that a desk can be answered without it.

It also seals the store's audit trail.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import worker
from services.background.follower import Follower
from services.health.coverage.contract.facts import CoverageFacts
from services.health.coverage.operations.erase_person import erase_person
from services.health.coverage.operations.record_facts import record_facts
from services.health.settings import HealthSettings
from services.kit import clock
from services.kit.database import Database
from services.kit.logs import log
from services.trail.workers import sealing

PURPOSE = "HEALTH_COVERAGE"
ERASED = "person.erased"


class NoCredentialsError(RuntimeError):
    """The worker has no client of its own with which to read the feed."""


async def apply(session: AsyncSession, items: Sequence[Mapping[str, Any]]) -> None:
    """Record the facts of a page of changes, in order, and erase whom the registry has erased.

    Any other change without facts says nothing to this service.

    Raises:
        ValueError: An item does not have the agreed shape; the page is not applied, and tried again.
    """
    for item in items:
        if item.get("kind") == ERASED:
            await erase_person(session, UUID(str(item["person_id"])), at=clock.now())
        elif item.get("facts") is not None:
            told = CoverageFacts.model_validate(item["facts"])
            await record_facts(session, told.to_domain(), at=clock.now(), withheld=told.keeping())


async def work(stopping: asyncio.Event) -> None:
    """Follow the feed, and run queued jobs, until told to stop.

    Raises:
        NoCredentialsError: INDIMAJ_HEALTH_CLIENT_ID or INDIMAJ_HEALTH_CLIENT_SECRET is not set.
    """
    settings = HealthSettings()
    if settings.client_id is None or settings.client_secret is None:
        raise NoCredentialsError("set INDIMAJ_HEALTH_CLIENT_ID and INDIMAJ_HEALTH_CLIENT_SECRET")
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=settings.database_pool_size)
    follower = Follower(
        database,
        gateway_url=settings.gateway_url,
        credentials=(settings.client_id, settings.client_secret.get_secret_value()),
        token_url=settings.token_url,
        purpose=PURPOSE,
        apply=apply,
    )
    log.info("following_feed", store="coverage")
    try:
        await worker.run(
            database, url, tasks={}, backgrounds=[follower.run, sealing(database, "coverage")], stopping=stopping
        )
    finally:
        await database.close()
