"""The gateway's worker: makes events of the services' changes and delivers them, turns keys, seals the audit trail."""

import asyncio

from services.background import worker
from services.gateway.assembly import working
from services.gateway.settings import GatewaySettings
from services.kit.database import Database
from services.kit.logs import log
from services.trail.workers import sealing


async def work(stopping: asyncio.Event) -> None:
    """Run the gateway's jobs and everything beside them until told to stop."""
    settings = GatewaySettings()
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=settings.database_pool_size)
    tasks, beside = working.backgrounds(database, settings)
    log.info("following_feeds", store="gateway")
    try:
        await worker.run(
            database, url, tasks=tasks, backgrounds=[*beside, sealing(database, "gateway")], stopping=stopping
        )
    finally:
        await database.close()
