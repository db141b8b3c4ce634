"""Hold restored databases against the ledger of erasures, which lies outside them and their backups."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from services.health.coverage.operations.erase_person import erase_person as erase_in_coverage
from services.kit import clock
from services.kit.database import Database
from services.registry.clients import ledger
from services.registry.clients.opening import open_sealed
from services.registry.domain.erasures import Entry
from services.registry.operations.replay_erasures import replay_erasures
from services.stack.installation import DEFAULT_FOLDER, Installation
from services.stack.migrations import service_of
from services.stack.postgres import Server
from services.stack.stores import roles_of
from services.training.courses.operations.erase_person import erase_person as erase_in_training

STORES = ("registry", "coverage", "training")
_OTHERS = {"coverage": erase_in_coverage, "training": erase_in_training}


class CannotReplayError(RuntimeError):
    """There is no database, or no ledger; says which."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything lies.

    Attributes:
        databases: Application URLs by store.
        blobs_url: The blob store with the ledger.
        blob_key: What it is sealed with.
    """

    databases: Mapping[str, str]
    blobs_url: str
    blob_key: str


def place() -> Place:
    """Return where everything lies: by the environment, or in the installation that `up` runs in INDIMAJ_FOLDER.

    Raises:
        CannotReplayError: Neither says all of it.
    """
    told = {store: os.environ.get(f"INDIMAJ_{service_of(store).upper()}_DATABASE_URL") for store in STORES}
    url, key = os.environ.get("INDIMAJ_REGISTRY_BLOBS_URL"), os.environ.get("INDIMAJ_REGISTRY_BLOB_KEY")
    if url and key and all(told.values()):
        return Place({store: str(found) for store, found in told.items()}, url, key)
    installation = Installation(Path(os.environ.get("INDIMAJ_FOLDER", DEFAULT_FOLDER)).resolve())
    server = Server(installation.postgres_folder)
    if server.pid is None:
        raise CannotReplayError(
            "set INDIMAJ_<SERVICE>_DATABASE_URL of registry, health and training, INDIMAJ_REGISTRY_BLOBS_URL and"
            " INDIMAJ_REGISTRY_BLOB_KEY, or run ./start in another terminal"
        )
    server.start()
    urls = {store: server.url(store, role=roles_of(store)[1]) for store in STORES}
    return Place(urls, str(installation.blobs_folder), installation.secrets()["blob_key"])


def replay(where: Place) -> dict[str, int]:
    """Erase again whom restored databases have brought back; return how many in each store."""
    return asyncio.run(_replay(where))


async def _replay(where: Place) -> dict[str, int]:
    blobs = open_sealed(where.blobs_url, where.blob_key)
    registry = Database(where.databases["registry"], pool_size=2)
    try:
        brought_back = {"registry": await replay_erasures(registry, blobs, at=clock.now())}
    finally:
        await registry.close()
    known = await ledger.entries(blobs)
    for store in _OTHERS:
        brought_back[store] = await _erase_in(store, where.databases[store], known)
    return brought_back


async def _erase_in(store: str, url: str, known: list[Entry]) -> int:
    database, found = Database(url, pool_size=2), 0
    try:
        for entry in known:
            async with database.sessions.begin() as session:
                found += bool(await _OTHERS[store](session, entry.person_id, at=entry.erased_at))
    finally:
        await database.close()
    return found
