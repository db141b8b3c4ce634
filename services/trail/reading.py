"""The trail as it is read: sealed rows, checkpoints, proofs, and who used a person's data."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DateTime, Integer, Row, Text, Uuid, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.trail import leaves
from services.trail.contract import (
    AccessBody,
    AccessesBody,
    CheckpointBody,
    CheckpointsBody,
    ProofBody,
    RecordBody,
    RecordsBody,
    SealedRecordBody,
)
from services.trail.hashes import hash_of, reader
from services.trail.merkle import inclusion_ranges

_PAGE = text(
    "SELECT * FROM audit_page(CAST(:after AS bigint), :most, :action, :organisation, :client_id, :outcome, :since,"
    " :until, :person)"
).bindparams(
    bindparam("most", type_=Integer),
    *(bindparam(name, type_=Text) for name in ("action", "organisation", "client_id", "outcome", "person")),
    *(bindparam(name, type_=DateTime(timezone=True)) for name in ("since", "until")),
)
_CHECKPOINTS = text(
    "SELECT size, root, at, note, verifier_key FROM audit_checkpoint"
    " WHERE size < CAST(:before AS bigint) ORDER BY size DESC LIMIT CAST(:most AS integer)"
)
_PLACE = text("SELECT seq FROM audit_leaf WHERE record_id = :id").bindparams(bindparam("id", type_=Uuid))
_ACCESSES = text("SELECT * FROM audit_accesses(:person, :at, :id, :most)").bindparams(
    bindparam("person", type_=Text),
    bindparam("at", type_=DateTime(timezone=True)),
    bindparam("id", type_=Uuid),
    bindparam("most", type_=Integer),
)
_BEYOND = 2**62


@dataclass(frozen=True, slots=True)
class Filters:
    """Which rows are asked for; None for all.

    Attributes:
        outcome: `ok`, `replayed` or `refused`.
        since: From this instant on.
        until: Before this instant.
        person: A pseudonym.
    """

    action: str | None = None
    organisation: str | None = None
    client_id: str | None = None
    outcome: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    person: str | None = None

    def values(self) -> Mapping[str, Any]:
        """Return them by name."""
        return {name: getattr(self, name) for name in self.__slots__}


async def records(session: AsyncSession, filters: Filters, *, after: int, limit: int) -> RecordsBody:
    """Return sealed rows behind a place, in order."""
    rows = (await session.execute(_PAGE, {**filters.values(), "after": after, "most": limit + 1})).all()
    return RecordsBody(
        items=[_sealed(row) for row in rows[:limit]], next=rows[limit - 1].seq if len(rows) > limit else None
    )


async def checkpoints(session: AsyncSession, *, before: int | None, limit: int) -> CheckpointsBody:
    """Return checkpoints of fewer rows than `before`, the newest first."""
    values = {"before": _BEYOND if before is None else before, "most": limit + 1}
    rows = (await session.execute(_CHECKPOINTS, values)).all()
    return CheckpointsBody(
        items=[_checkpoint(row) for row in rows[:limit]], next=rows[limit - 1].size if len(rows) > limit else None
    )


async def proof(session: AsyncSession, record_id: UUID) -> ProofBody | None:
    """Return the proof that a row is under the newest checkpoint; None for a row that is unknown or not sealed yet."""
    seq = await session.scalar(_PLACE, {"id": record_id})
    if seq is None:
        return None
    newest = (await checkpoints(session, before=None, limit=1)).items[0]
    found = (await records(session, Filters(), after=seq - 1, limit=1)).items[0]
    read = reader(session)
    path = [(await hash_of(read, *span)).hex() for span in inclusion_ranges(seq, newest.size)]
    return ProofBody(record=found.record, leaf=found.leaf, path=path, checkpoint=newest)


async def accesses(
    session: AsyncSession, person: str, *, before: tuple[datetime, UUID] | None, limit: int
) -> AccessesBody:
    """Return who used a person's data, the newest first, sealed or not yet; nothing of her care.

    Args:
        session: The store.
        person: Her pseudonym.
        before: Instant and id of the last one that is known already.
        limit: The most entries.
    """
    at, record_id = before or (None, None)
    rows = await session.execute(_ACCESSES, {"person": person, "at": at, "id": record_id, "most": limit})
    return AccessesBody(items=[AccessBody(**row._mapping) for row in rows])  # noqa: SLF001  # SQLAlchemy's public name


def _sealed(found: Row[Any]) -> SealedRecordBody:
    record = RecordBody.model_validate(dict(leaves.document(leaves.row_of(found), found.seq)))
    return SealedRecordBody(record=record, leaf=bytes(found.hash).hex())


def _checkpoint(found: Row[Any]) -> CheckpointBody:
    return CheckpointBody(
        size=found.size,
        root=bytes(found.root).hex(),
        at=found.at,
        note=found.note,
        verifier_key=found.verifier_key,
    )
