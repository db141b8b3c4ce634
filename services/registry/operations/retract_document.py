"""Retract a document."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.documents import Document
from services.registry.store import uploads


async def retract_document(session: AsyncSession, document: Document, *, reason: str, by: str, at: datetime) -> None:
    """Take a document out of a person's papers, as when it is another's; that it was there stays written.

    Its content is destroyed by the worker's sweep of the blob store, within two hours.
    """
    await uploads.retract(session, document.id, reason=reason, by=by, at=at)
