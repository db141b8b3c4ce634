"""The gateway's own trail: read like a service's, each reading leaving its row in the same transaction."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.audit import Trail
from services.kit.database import READING, Database
from services.trail import reading
from services.trail.contract import AccessesBody, CheckpointsBody, ProofBody, RecordsBody
from services.trail.reading import Filters


class OwnTrail:
    """Reads the trail of the gateway's store.

    Args:
        database: The store.
        row: The row that the reading leaves; its caller is set.
    """

    def __init__(self, database: Database, row: Trail) -> None:
        self._database, self._row = database, row

    async def records(self, filters: Filters, *, after: int, limit: int) -> RecordsBody:
        """Return sealed rows behind a place."""
        async with self._reading("read_audit_records") as session:
            return await reading.records(session, filters, after=after, limit=limit)

    async def checkpoints(self, *, before: int | None, limit: int) -> CheckpointsBody:
        """Return checkpoints, the newest first."""
        async with self._reading("read_audit_checkpoints") as session:
            return await reading.checkpoints(session, before=before, limit=limit)

    async def proof(self, record_id: UUID) -> ProofBody | None:
        """Return the proof that a row stands in the trail; None for an unknown one."""
        async with self._reading("prove_audit_record") as session:
            return await reading.proof(session, record_id)

    async def accesses(self, person_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int) -> AccessesBody:
        """Return who used a person's data here, the newest first."""
        self._row.about(person_id)
        async with self._reading("read_accesses") as session:
            person = self._row.pseudonyms.of(person_id)
            return await reading.accesses(session, person, before=before, limit=limit)

    @asynccontextmanager
    async def _reading(self, action: str) -> AsyncIterator[AsyncSession]:
        """Open a transaction that ends with the row; the row is told under the name that it has in every store."""
        self._row.action = action
        async with self._database.sessions.begin() as session:
            session.info[READING] = True
            yield session
            await self._row.write(session)
