"""The content of documents: with a token, or by a short-lived link."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Request
from fastapi.responses import StreamingResponse

from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import ReadSession, WriteSession
from services.kit.routes import Router, documented
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.api.document_problems import DOCUMENT_NOT_AVAILABLE, LINK_REFUSED
from services.registry.api.documents import DocumentId
from services.registry.clients.blobs import Blobs
from services.registry.contract.documents import DocumentLink
from services.registry.domain.documents import (
    LINK_LASTS,
    MEDIA_TYPES,
    Document,
    DocumentNotAvailableError,
    DocumentState,
    Link,
    key_of,
    read_link,
    sign,
)
from services.registry.store import uploads

router = Router(tags=["documents"])
_ONE = "/v1/persons/{person_id}/documents/{document_id}"
_FIELD: dict[str, Any] = {"x-field": "documents"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file as it was uploaded", "content": dict.fromkeys(sorted(MEDIA_TYPES), _BINARY)}
}


@router.get(
    f"{_ONE}/content",
    operation_id="read_document_content",
    openapi_extra=_FIELD,
    response_class=StreamingResponse,
    responses={**_CONTENT, **documented(DOCUMENT_NOT_AVAILABLE)},
)
async def read_document_content(
    *,
    request: Request,
    person_id: PersonId,
    document_id: DocumentId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
) -> StreamingResponse:
    """Return the file as it was uploaded, once it has left quarantine."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return await _content(request, await uploads.find(session, person_id, document_id, caller.purpose))


@router.post(
    f"{_ONE}/links",
    operation_id="link_document",
    status_code=201,
    openapi_extra=_FIELD,
    responses=documented(DOCUMENT_NOT_AVAILABLE),
)
async def link_document(
    *,
    request: Request,
    person_id: PersonId,
    document_id: DocumentId,
    caller: Annotated[Caller, requires("persons:read")],
    session: WriteSession,
    at: Now,
    trail: Trail,
) -> DocumentLink:
    """Return a link that fetches the file without a token for five minutes, for a browser or an app.

    Whoever holds the link can use it: it is given to one person, and the trail names the client that asked for it.
    """
    trail.about(person_id)
    await require_open(session, person_id, caller)
    document = await uploads.find(session, person_id, document_id, caller.purpose)
    _require_available(document)
    expires_at = (at + LINK_LASTS).replace(microsecond=0) + timedelta(seconds=1)
    link = Link(
        document=str(document.id),
        person=str(person_id),
        expires=int(expires_at.timestamp()),
        client_id=caller.client_id,
        subject=caller.subject,
        organisation=caller.organisation,
        purpose=caller.purpose,
    )
    return DocumentLink(url=f"/v1/document-links/{sign(link, request.app.state.link_key)}", expires_at=expires_at)


@router.get(
    "/v1/document-links/{token}",
    operation_id="follow_document_link",
    openapi_extra={"security": []},
    response_class=StreamingResponse,
    responses={**_CONTENT, **documented(LINK_REFUSED, DOCUMENT_NOT_AVAILABLE)},
)
async def follow_document_link(
    *,
    request: Request,
    token: Annotated[str, Path(max_length=2000, description="As `links` gave it")],
    session: ReadSession,
    at: Now,
    trail: Trail,
) -> StreamingResponse:
    """Return the file that a link was made for, until the link expires; the trail names who had asked for it."""
    link = read_link(token, request.app.state.link_key, at=at)
    person_id = UUID(link.person)
    trail.about(person_id)
    trail.caller = Caller(link.subject, link.client_id, link.organisation, frozenset(), link.purpose)
    document = await uploads.find(session, person_id, UUID(link.document), link.purpose)
    answer = await _content(request, document)
    await trail.write(session)
    return answer


async def _content(request: Request, document: Document) -> StreamingResponse:
    _require_available(document)
    blobs: Blobs = request.app.state.blobs
    parts = blobs.read(key_of(document.id))
    first = await anext(parts, b"")  # whether it is there is told before the answer begins

    async def whole() -> AsyncIterator[bytes]:
        yield first
        async for part in parts:
            yield part

    headers = {
        "content-length": str(document.size),
        "content-disposition": f'attachment; filename="{document.id}"',
        "content-security-policy": "default-src 'none'; sandbox",
        "x-content-type-options": "nosniff",
        "cache-control": "no-store",
    }
    return StreamingResponse(whole(), media_type=document.media_type, headers=headers)


def _require_available(document: Document) -> None:
    if document.state is not DocumentState.AVAILABLE:
        raise DocumentNotAvailableError
