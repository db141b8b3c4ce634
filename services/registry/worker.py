"""The registry's worker: imports, exports, the examination of uploads, what expires, the sealing of the trail."""

import asyncio
import contextlib
import gc
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from services.background import worker
from services.background.jobs import JobContext, TaskFunction
from services.kit import clock
from services.kit.audit import Pseudonyms
from services.kit.database import Database
from services.kit.keyed_hash import IdentifierHasher
from services.kit.logs import log
from services.registry.clients.blobs import Blobs
from services.registry.clients.opening import open_sealed
from services.registry.clients.scanner import Clamd, Scanner
from services.registry.operations.examine_document import examine_document
from services.registry.operations.prepare_import_batch import ImportTools
from services.registry.operations.renew_search_keys import renew_search_keys
from services.registry.operations.replay_erasures import replay_erasures
from services.registry.operations.run_erasure import KIND as ERASE
from services.registry.operations.run_erasure import run_erasure
from services.registry.operations.run_export import ExportTools, run_export
from services.registry.operations.run_import import run_import
from services.registry.operations.run_retention import KIND as ERASE_DUE
from services.registry.operations.run_retention import run_retention
from services.registry.operations.sweep_documents import EVERY, sweep_documents
from services.registry.operations.upload_document import EXAMINE
from services.registry.settings import RegistrySettings
from services.registry.store import exports, seeds
from services.registry.store.bulk import OPERATION
from services.trail.workers import sealing

_EXPIRY_S = 300.0
_FEW_COLLECTIONS = (50_000, 20, 100)


async def work(stopping: asyncio.Event) -> None:
    """Run the registry's jobs until told to stop."""
    settings = RegistrySettings()
    url = settings.database_url.get_secret_value()
    database = Database(url, pool_size=settings.database_pool_size)
    blobs = open_sealed(settings.blobs_url, settings.blob_key.get_secret_value())
    scanner = Clamd(settings.scanner) if settings.scanner else None
    hasher = IdentifierHasher(bytes.fromhex(settings.identifier_hash_key.get_secret_value()))
    pseudonyms = Pseudonyms(bytes.fromhex(settings.pseudonym_key.get_secret_value()))
    tasks = {**tasks_of(hasher), **export_tasks(pseudonyms), **document_tasks(blobs, scanner), **erasure_tasks(blobs)}
    # Imports make millions of small objects and no cycles: looking through everything loaded, again and again, would
    # cost half of the time.
    gc.freeze()
    gc.set_threshold(*_FEW_COLLECTIONS)
    try:
        backgrounds = [sealing(database, "registry"), sweeping(database, blobs), expiring(database), renewing(database)]
        await replay_erasures(database, blobs, at=clock.now())  # before anything else: a restore brings nobody back
        await worker.run(database, url, tasks=tasks, backgrounds=backgrounds, stopping=stopping)
    finally:
        await database.close()


def tasks_of(hasher: IdentifierHasher) -> Mapping[str, TaskFunction]:
    """Return the jobs that the registry runs, by kind."""

    async def import_persons(context: JobContext) -> Mapping[str, Any]:
        tools = ImportTools(clock.now, clock.today(), hasher, seeds.spellings())
        return await run_import(context, tools)

    return {OPERATION: import_persons}


def export_tasks(pseudonyms: Pseudonyms) -> Mapping[str, TaskFunction]:
    """Return the jobs that make files of persons, by kind."""

    async def export_persons(context: JobContext) -> Mapping[str, Any]:
        return await run_export(context, ExportTools(clock.today(), pseudonyms))

    return {exports.OPERATION: export_persons}


def expiring(database: Database) -> worker.Background:
    """Return what deletes the files of exports whose time is over, now and every few minutes; trouble waits."""

    async def expire(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            try:
                async with database.sessions.begin() as session:
                    await exports.drop_expired(session, clock.now())
            except worker.PASSING_TROUBLE as trouble:
                log.warning("export_expiry_put_off", error=type(trouble).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), _EXPIRY_S)

    return expire


def renewing(database: Database) -> worker.Background:
    """Return what renews search keys of older rules, until none are left; it looks again every few minutes."""

    async def renew(stopping: asyncio.Event) -> None:
        while not stopping.is_set():
            renewed = 0
            try:
                renewed = await renew_search_keys(database, seeds.spellings(), clock.today())
            except worker.PASSING_TROUBLE as trouble:
                log.warning("search_keys_put_off", error=type(trouble).__name__)
            if not renewed:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stopping.wait(), _EXPIRY_S)

    return renew


def document_tasks(blobs: Blobs, scanner: Scanner | None) -> Mapping[str, TaskFunction]:
    """Return the jobs about uploads, by kind."""

    async def examine(context: JobContext) -> Mapping[str, Any]:
        return await examine_document(context, blobs, scanner)

    return {EXAMINE: examine}


def erasure_tasks(blobs: Blobs) -> Mapping[str, TaskFunction]:
    """Return the jobs that erase, by kind."""

    async def erase(context: JobContext) -> Mapping[str, Any]:
        return await run_erasure(context, blobs, clock.now)

    async def erase_due(context: JobContext) -> Mapping[str, Any]:
        return await run_retention(context, blobs, clock.now)

    return {ERASE: erase, ERASE_DUE: erase_due}


def sweeping(database: Database, blobs: Blobs) -> worker.Background:
    """Return what sweeps the blob store now and every hour until it is told to stop; trouble waits for the next."""

    async def sweep(stopping: asyncio.Event) -> None:
        suspects: frozenset[UUID] = frozenset()
        while not stopping.is_set():
            try:
                suspects = await sweep_documents(database, blobs, suspects)
            except worker.PASSING_TROUBLE as trouble:
                log.warning("blob_sweep_put_off", error=type(trouble).__name__)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stopping.wait(), EVERY.total_seconds())

    return sweep
