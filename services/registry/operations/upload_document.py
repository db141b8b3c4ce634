"""Take in a document."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import jobs
from services.kit.callers import Caller
from services.registry.clients.uploads import Upload
from services.registry.domain.documents import Details, Document, DocumentState
from services.registry.operations.start_import import STORE
from services.registry.store import uploads

EXAMINE = "examine_document"


async def upload_document(
    session: AsyncSession, person_id: UUID, upload: Upload, details: Details, *, caller: Caller, at: datetime
) -> Document:
    """Store what was received, in quarantine, and queue its examination; both happen or neither.

    The same content again, of the same person, is the document that is there: its id differs from the upload's.

    Raises:
        DocumentTypeUnknownError: Its type is on no list.
    """
    known = await uploads.find_same(session, person_id, upload.sha256)
    if known is not None:
        return known
    document = Document(
        id=upload.id,
        person_id=person_id,
        type=details.type,
        title=details.title,
        issuer=details.issuer,
        issued_on=details.issued_on,
        expires_on=details.expires_on,
        media_type=upload.media_type,
        size=upload.size,
        sha256=upload.sha256,
        state=DocumentState.QUARANTINED,
        reason=None,
        version=1,
        organisation=caller.organisation,
        uploaded_by=caller.subject,
        uploaded_at=at,
        examined_at=None,
        examined_by=None,
        verified_by=None,
        verified_at=None,
        verification_method=None,
    )
    await uploads.add(session, document)
    await jobs.enqueue(session, store=STORE, kind=EXAMINE, arguments={"document_id": str(upload.id)}, caller=caller)
    return document
