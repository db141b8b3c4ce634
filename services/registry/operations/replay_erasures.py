"""Erase again whom a restored database has brought back."""

from datetime import datetime
from uuid import UUID

from services.kit.database import Database
from services.registry.clients import ledger
from services.registry.clients.blobs import Blobs
from services.registry.domain.documents import key_of
from services.registry.domain.erasures import Entry
from services.registry.domain.errors import PersonNotFoundError
from services.registry.store import erasures

_AT_ONCE = 500


async def replay_erasures(database: Database, blobs: Blobs, *, at: datetime) -> int:
    """Hold the database against the ledger; return how many persons it had brought back.

    First what was erased and did not get into the ledger is written there, so that the ledger is whole. Then whoever
    stands in the ledger and in the database is erased, the change feed tells it again, and the tombstone is put back.
    A ledger that agrees with the database costs one look at each entry.

    Args:
        database: The registry's.
        blobs: Where contents and ledger lie.
        at: The present instant.

    Raises:
        BlobStoreUnavailableError: The ledger could not be read: the database must not be used before it was.
    """
    await _complete_ledger(database, blobs, at)
    brought_back = 0
    known = await ledger.entries(blobs)
    for start in range(0, len(known), _AT_ONCE):
        some = known[start : start + _AT_ONCE]
        async with database.sessions.begin() as session:
            there = await erasures.there(session, [entry.person_id for entry in some])
            noted = await erasures.tombstones(session, [entry.erasure_id for entry in some])
        for entry in some:
            if entry.person_id in there or entry.erasure_id not in noted:
                brought_back += await _erase_again(database, blobs, entry, at)
    return brought_back


async def _erase_again(database: Database, blobs: Blobs, entry: Entry, at: datetime) -> int:
    async with database.sessions.begin() as session:
        await erasures.put_back(session, entry, at=at)
        try:
            version, owner = await erasures.lock_person(session, entry.person_id)
        except PersonNotFoundError:
            return 0
        documents = {*entry.documents, *await erasures.documents_of(session, entry.person_id)}
        for document in documents:
            await blobs.delete(key_of(UUID(document)))
        await erasures.take_away(session, entry.person_id, version=version, owner=owner, on=at.date())
    return 1


async def _complete_ledger(database: Database, blobs: Blobs, at: datetime) -> None:
    while True:
        async with database.sessions.begin() as session:
            waiting = await erasures.unwritten(session, limit=_AT_ONCE)
            for one in waiting:
                erased_at = one.erased_at or at
                entry = Entry(one.id, one.person_id, one.reason, one.organisation, erased_at, tuple(one.documents))
                await ledger.write(blobs, entry)
                await erasures.written(session, one.id, at=at)
        if len(waiting) < _AT_ONCE:
            return
