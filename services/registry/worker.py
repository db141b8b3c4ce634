"""The registry's worker: runs imports and seals the audit trail."""

import asyncio
import gc
from collections.abc import Mapping
from typing import Any

from services.background import worker
from services.background.jobs import JobContext, TaskFunction
from services.kit import clock
from services.kit.database import Database
from services.kit.keyed_hash import IdentifierHasher
from services.registry.operations.prepare_import_batch import ImportTools
from services.registry.operations.run_import import run_import
from services.registry.settings import RegistrySettings
from services.registry.store import seeds
from services.registry.store.bulk import OPERATION
from services.trail.workers import sealing

_FEW_COLLECTIONS = (50_000, 20, 100)


async def work(stopping: asyncio.Event) -> None:
    """Run the registry's jobs until told to stop."""
    settings = RegistrySettings()
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=settings.database_pool_size)
    tasks = tasks_of(IdentifierHasher(bytes.fromhex(settings.identifier_hash_key.get_secret_value())))
    # Imports make millions of small objects and no cycles: looking through everything loaded, again and again, would
    # cost half of the time.
    gc.freeze()
    gc.set_threshold(*_FEW_COLLECTIONS)
    try:
        await worker.run(database, url, tasks=tasks, backgrounds=[sealing(database, "registry")], stopping=stopping)
    finally:
        await database.close()


def tasks_of(hasher: IdentifierHasher) -> Mapping[str, TaskFunction]:
    """Return the jobs that the registry runs, by kind."""

    async def import_persons(context: JobContext) -> Mapping[str, Any]:
        tools = ImportTools(clock.now, clock.today(), hasher, seeds.spellings())
        return await run_import(context, tools)

    return {OPERATION: import_persons}
