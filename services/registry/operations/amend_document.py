"""Correct what is said about a document."""

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.documents import Details, Document
from services.registry.store import uploads


async def amend_document(
    session: AsyncSession, document: Document, version: int, details: Details, purpose: str | None
) -> Document:
    """Replace what is said about a document; its content never changes.

    Args:
        session: The request's transaction.
        document: As it was read.
        version: The version that the correction was made from.
        details: What is now said.
        purpose: What it is then read for.

    Raises:
        VersionConflictError: It has changed since that version.
        DocumentTypeUnknownError: The new type is on no list.
        DocumentNotFoundError: A document of the new type is not seen for the purpose.
    """
    if not await uploads.amend(session, document.id, version, details):
        raise VersionConflictError
    return await uploads.find(session, document.person_id, document.id, purpose)
