"""Carry out a confirmed erasure."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from services.background.jobs import JobContext
from services.kit.database import Database
from services.registry.clients import ledger
from services.registry.clients.blobs import Blobs
from services.registry.domain.documents import key_of
from services.registry.domain.erasures import Entry, Erasure, ErasureState, HeldError
from services.registry.store import erasures, exports, holds

KIND = "erase_person"
STEPS = 3


async def run_erasure(
    context: JobContext, blobs: Blobs, now: Callable[[], datetime], *, erasure_id: UUID | None = None
) -> Mapping[str, Any]:
    """Take a person away from the register, tell the others, and write the ledger; return what was done.

    Her contents go first, then all her rows in one transaction with the change that tells the other services, then the
    entry in the ledger. Killed in between, it goes on where it was: each step again finds nothing left to do.

    Args:
        context: The job.
        blobs: Where contents and ledger lie.
        now: The clock.
        erasure_id: Which; by the job's arguments where left out.
    """
    wanted = erasure_id or UUID(context.arguments["erasure_id"])
    report = erasure_id is None
    found = await _take_away(context, blobs, wanted, now(), report=report)
    if found.state is not ErasureState.ERASED:
        return {"state": found.state.value}
    await _write(context.database, blobs, found, now())
    if report:
        async with context.database.sessions.begin() as session:
            await context.progress(session, done=STEPS, total=STEPS)
    return {"state": found.state.value, "erased": dict(found.counts or {}), "documents": len(found.documents)}


async def _take_away(context: JobContext, blobs: Blobs, erasure_id: UUID, at: datetime, *, report: bool) -> Erasure:
    async with context.database.sessions.begin() as session:
        found = await erasures.find(session, erasure_id, lock=True)
        if found.state is not ErasureState.CONFIRMED:
            return found
        version, owner = await erasures.lock_person(session, found.person_id)
        try:
            await holds.require_none(session, found.person_id)
        except HeldError:
            await erasures.change(session, erasure_id, ErasureState.WITHDRAWN)
            return await erasures.find(session, erasure_id)
        documents = await erasures.documents_of(session, found.person_id)
        for document in documents:
            await blobs.delete(key_of(UUID(document)))
        await exports.close_files(session, found.person_id, None, at)
        counts = await erasures.take_away(session, found.person_id, version=version, owner=owner, on=at.date())
        await erasures.change(
            session, erasure_id, ErasureState.ERASED, erased_at=at, counts=counts, documents=documents
        )
        if report:
            await context.progress(session, done=2, total=STEPS)
        return await erasures.find(session, erasure_id)


async def _write(database: Database, blobs: Blobs, found: Erasure, at: datetime) -> None:
    if found.ledger_at is not None:
        return
    if found.erased_at is None:
        raise ValueError("what is erased was erased at some instant")
    entry = Entry(found.id, found.person_id, found.reason, found.organisation, found.erased_at, tuple(found.documents))
    await ledger.write(blobs, entry)
    async with database.sessions.begin() as session:
        await erasures.written(session, found.id, at=at)
