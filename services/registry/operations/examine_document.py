"""Examine a document in quarantine."""

from collections.abc import AsyncIterator, Mapping
from typing import Any
from uuid import UUID

from services.background.jobs import JobContext
from services.kit import clock
from services.registry.clients.blobs import BlobMissingError, Blobs
from services.registry.clients.scanner import Scanner
from services.registry.clients.sealed_blobs import BlobDamagedError
from services.registry.domain.documents import Document, DocumentState, Examination, key_of
from services.registry.store import uploads

STRUCTURE, SCANNER = "structure", "scanner"


async def examine_document(context: JobContext, blobs: Blobs, scanner: Scanner | None) -> Mapping[str, Any]:
    """Let a document out of quarantine, or refuse it and drop its content; a repetition changes nothing.

    Raises:
        ScannerUnavailableError: The scanner could not say; the job is tried again, and nobody is given the document.
        BlobStoreUnavailableError: The same of the store.
    """
    document_id = UUID(context.arguments["document_id"])
    async with context.database.sessions() as session:
        document = await uploads.find_quarantined(session, document_id)
    if document is None:
        return {"state": "settled before"}
    objection = await _objection(blobs, scanner, document)
    state = DocumentState.REFUSED if objection else DocumentState.AVAILABLE
    by = SCANNER if scanner is not None else STRUCTURE
    async with context.database.sessions.begin() as session:
        await uploads.settle(session, document_id, state, reason=objection, by=by, at=clock.now())
        await context.progress(session, done=1, total=1)
    if objection:
        await blobs.delete(key_of(document_id))
    return {"state": state.value}


async def _objection(blobs: Blobs, scanner: Scanner | None, document: Document) -> str | None:
    examination = Examination(document)

    async def seen() -> AsyncIterator[bytes]:
        async for part in blobs.read(key_of(document.id)):
            examination.see(part)
            yield part

    try:
        if scanner is not None and not await scanner.clean(seen()):
            return "malware"
        if scanner is None:
            async for _ in seen():
                pass
    except (BlobMissingError, BlobDamagedError):
        return "damaged"
    return examination.objection
