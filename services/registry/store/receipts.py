"""Numbers of receipts, and whether the documents that a request names are the person's."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.rights import EvidenceUnknownError
from services.registry.store.tables.documents import document as _document
from services.registry.store.tables.rights import receipt_number_seq


async def draw_serial(session: AsyncSession) -> int:
    """Return the next serial number of a receipt."""
    serial: int = (await session.execute(select(receipt_number_seq.next_value()))).scalar_one()
    return serial


async def require_documents(session: AsyncSession, person_id: UUID, documents: Collection[UUID]) -> None:
    """See that every document is one of the person's.

    Raises:
        EvidenceUnknownError: One is not, or has been taken back.
    """
    if not documents:
        return
    wanted = set(documents)
    query = select(func.count()).where(
        _document.c.person_id == person_id, _document.c.id.in_(wanted), _document.c.retracted_at.is_(None)
    )
    if (await session.execute(query)).scalar_one() != len(wanted):
        raise EvidenceUnknownError
