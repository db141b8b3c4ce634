"""What was declared for a regularisation file, and which papers were brought."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.regularisation_criteria import Evidence
from services.registry.domain.regularisation_errors import DocumentUnknownError, EvidenceNotFoundError
from services.registry.domain.regularisation_papers import Brought
from services.registry.store.tables import documents
from services.registry.store.tables import regularisation as tables

_EVIDENCE, _PAPER = tables.regularisation_evidence, tables.regularisation_paper
SUPERSEDED = "superseded"


async def live(session: AsyncSession, file_id: UUID) -> list[Evidence]:
    """Return what is declared for a file now, by fact."""
    statement = select(_EVIDENCE).where(_EVIDENCE.c.file_id == file_id, _EVIDENCE.c.ended_at.is_(None))
    return [
        Evidence(
            fact=row.fact,
            value=row.value,
            documents=tuple(row.documents),
            recorded_at=row.recorded_at,
            recorded_by=row.recorded_by,
            organisation=row.organisation,
            id=row.id,
        )
        for row in await session.execute(statement.order_by(_EVIDENCE.c.fact))
    ]


async def declare(session: AsyncSession, file_id: UUID, evidence: Evidence) -> Evidence:
    """Store a declared fact; the one before it ends and is kept."""
    same = (_EVIDENCE.c.file_id == file_id, _EVIDENCE.c.fact == evidence.fact, _EVIDENCE.c.ended_at.is_(None))
    await session.execute(update(_EVIDENCE).where(*same).values(ended_at=evidence.recorded_at, ended_reason=SUPERSEDED))
    row = await session.execute(
        insert(_EVIDENCE)
        .values(
            file_id=file_id,
            fact=evidence.fact,
            value=evidence.value,
            documents=list(evidence.documents),
            recorded_at=evidence.recorded_at,
            recorded_by=evidence.recorded_by,
            organisation=evidence.organisation,
        )
        .returning(_EVIDENCE.c.id)
    )
    return Evidence(
        evidence.fact, evidence.value, evidence.documents, evidence.recorded_at, evidence.recorded_by,
        evidence.organisation, row.scalar_one(),
    )  # fmt: skip


async def retract(session: AsyncSession, file_id: UUID, evidence_id: UUID, *, reason: str, at: datetime) -> None:
    """End a declared fact that was entered in error.

    Raises:
        EvidenceNotFoundError: The file has no such fact now.
    """
    one = (_EVIDENCE.c.file_id == file_id, _EVIDENCE.c.id == evidence_id, _EVIDENCE.c.ended_at.is_(None))
    ended = await session.execute(
        update(_EVIDENCE).where(*one).values(ended_at=at, ended_reason=reason).returning(_EVIDENCE.c.id)
    )
    if ended.scalar_one_or_none() is None:
        raise EvidenceNotFoundError


async def brought(session: AsyncSession, file_id: UUID) -> list[Brought]:
    """Return the papers that were brought for a file, oldest first."""
    statement = select(_PAPER).where(_PAPER.c.file_id == file_id).order_by(_PAPER.c.id)
    return [Brought(row.code, tuple(row.documents), row.seen_on) for row in await session.execute(statement)]


async def bring(
    session: AsyncSession, file_id: UUID, paper: Brought, *, by: str, organisation: str, at: datetime
) -> None:
    """Store that a paper was brought."""
    await session.execute(
        insert(_PAPER).values(
            file_id=file_id,
            code=paper.code,
            documents=list(paper.documents),
            seen_on=paper.seen_on,
            recorded_at=at,
            recorded_by=by,
            organisation=organisation,
        )
    )


async def require_documents(session: AsyncSession, person_id: UUID, ids: Collection[UUID]) -> None:
    """See that documents are hers and not retracted.

    Raises:
        DocumentUnknownError: One is not; names its place.
    """
    if not ids:
        return
    table = documents.document
    hers = (table.c.person_id == person_id, table.c.id.in_(ids), table.c.retracted_at.is_(None))
    known = set(await session.scalars(select(table.c.id).where(*hers)))
    for place, one in enumerate(ids):
        if one not in known:
            raise DocumentUnknownError(f"/documents/{place}")
