"""Destroy contents that no document needs: of retracted ones, and of uploads that came to nothing."""

from datetime import timedelta
from uuid import UUID

from services.kit.database import Database
from services.registry.clients.blobs import Blobs
from services.registry.domain.documents import key_of
from services.registry.store import uploads

PREFIX = "documents"
EVERY = timedelta(hours=1)
_AT_ONCE = 500


async def sweep_documents(database: Database, blobs: Blobs, suspects: frozenset[UUID]) -> frozenset[UUID]:
    """Destroy what was suspect at the sweep before and still is; return what is suspect now.

    An upload is in the store before its row is committed, so nothing is destroyed the first time it is met without a
    row; the sweeps lie an hour apart, and no upload lasts that long.

    Args:
        database: The registry's.
        blobs: Where contents lie.
        suspects: What the sweep before returned; empty at first.
    """
    unneeded: set[UUID] = set()
    waiting: list[UUID] = []
    async for key in blobs.keys(PREFIX):
        waiting.append(UUID(key.removeprefix(f"{PREFIX}/")))
        if len(waiting) == _AT_ONCE:
            unneeded |= await _unneeded(database, waiting)
            waiting = []
    unneeded |= await _unneeded(database, waiting)
    for document_id in unneeded & suspects:
        await blobs.delete(key_of(document_id))
    return frozenset(unneeded - suspects)


async def _unneeded(database: Database, ids: list[UUID]) -> set[UUID]:
    async with database.sessions() as session:
        return set(ids) - await uploads.ids_in_use(session, ids)
