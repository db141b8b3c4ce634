"""Verify a document."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.documents import Document, DocumentNotAvailableError, DocumentState
from services.registry.store import uploads


async def verify_document(session: AsyncSession, document: Document, *, method: str, by: str, at: datetime) -> Document:
    """Write down that somebody held a document against its original, or asked its issuer.

    Args:
        session: The request's transaction.
        document: Which.
        method: `original_seen`, `issuer_asked` or `register_lookup`.
        by: Who did.
        at: The instant of the request.

    Raises:
        DocumentNotAvailableError: It is in quarantine, or was refused there.
    """
    if document.state is not DocumentState.AVAILABLE:
        raise DocumentNotAvailableError
    await uploads.verify(session, document.id, method=method, by=by, at=at)
    return await uploads.find(session, document.person_id, document.id, None)
