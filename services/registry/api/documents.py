"""A person's documents: upload, and what is said about them."""

from dataclasses import asdict
from typing import Annotated, Any
from uuid import UUID, uuid4

from fastapi import Path, Query, Request, Response
from starlette.requests import ClientDisconnect

from services.kit import merge_patch, problems
from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.database import Database, ReadSession, WriteSession
from services.kit.etags import IfMatch, etag
from services.kit.fields import Code
from services.kit.pages import Page, next_cursor
from services.kit.problems import FieldError, Problem
from services.kit.routes import Router, documented
from services.registry.api.dependencies import PersonId, Trail, require_open
from services.registry.api.document_problems import (
    DOCUMENT_EMPTY,
    DOCUMENT_NOT_AVAILABLE,
    DOCUMENT_TOO_LARGE,
    DOCUMENT_TYPE_REFUSED,
    DOCUMENT_TYPE_UNKNOWN,
)
from services.registry.clients.blobs import Blobs
from services.registry.clients.uploads import receive
from services.registry.contract.documents import (
    DocumentBody,
    DocumentDetails,
    DocumentList,
    Retraction,
    Verification,
)
from services.registry.domain.documents import (
    MEDIA_TYPES,
    Details,
    Document,
    key_of,
)
from services.registry.operations.amend_document import amend_document as amend
from services.registry.operations.retract_document import retract_document as retract
from services.registry.operations.upload_document import upload_document as upload
from services.registry.operations.verify_document import verify_document as verify
from services.registry.store import uploads

router = Router(tags=["documents"])
DocumentId = Annotated[UUID, Path(description="Id of the document")]
_ALL, _ONE = "/v1/persons/{person_id}/documents", "/v1/persons/{person_id}/documents/{document_id}"
_FIELD: dict[str, Any] = {"x-field": "documents"}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_UPLOAD = {
    **_FIELD,
    "x-streaming-body": True,
    "requestBody": {
        "required": True,
        "description": "The file itself; what it is is told by its first bytes and must agree with Content-Type",
        "content": dict.fromkeys(sorted(MEDIA_TYPES), _BINARY),
    },
}


@router.post(
    _ALL,
    operation_id="upload_document",
    status_code=201,
    response_model=DocumentBody,
    openapi_extra=_UPLOAD,
    responses=documented(DOCUMENT_TOO_LARGE, DOCUMENT_EMPTY, DOCUMENT_TYPE_REFUSED, DOCUMENT_TYPE_UNKNOWN),
)
async def upload_document(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    at: Now,
    trail: Trail,
    document_type: Annotated[
        Code, Query(alias="type", description="Code of /v1/reference/document-types", examples=["PASSPORT"])
    ],
) -> DocumentBody:
    """Take in a document, of at most 20 MiB unless the register is set otherwise; its details follow by PATCH.

    It is kept in quarantine until it was examined, some seconds as a rule: `state` tells. The same content of the
    same person again is answered with the document that is there.
    """
    trail.about(person_id)
    database: Database = request.app.state.database
    async with database.sessions() as looking:  # a slow sender must hold no transaction
        await require_open(looking, person_id, caller)
        await uploads.require_person(looking, person_id)
    declared = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    blobs: Blobs = request.app.state.blobs
    document_id = uuid4()
    try:
        received = await receive(
            blobs, document_id, request.stream(), declared=declared, limit=request.app.state.document_bytes
        )
        document = await upload(session, person_id, received, Details(document_type), caller=caller, at=at)
    except ClientDisconnect:
        raise Problem(problems.BAD_REQUEST) from None
    except Exception:
        await blobs.delete(key_of(document_id))
        raise
    if document.id != document_id:
        await blobs.delete(key_of(document_id))
        response.status_code = 200
    response.headers["location"] = f"/v1/persons/{person_id}/documents/{document.id}"
    return _shown(document, response)


@router.get(_ALL, operation_id="list_documents", openapi_extra=_FIELD)
async def list_documents(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    page: Page,
    trail: Trail,
) -> DocumentList:
    """Return a person's documents, oldest first: those that the purpose has a use for, and no others."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    await uploads.require_person(session, person_id)
    after = UUID(page.after[0]) if page.after else None
    found = await uploads.page(session, person_id, caller.purpose, after=after, limit=page.limit + 1)
    shown = found[: page.limit]
    last = [str(shown[-1].id)] if len(found) > page.limit else None
    return DocumentList(items=[_body(one) for one in shown], next=next_cursor(request, response, last))


@router.get(_ONE, operation_id="read_document", openapi_extra=_FIELD)
async def read_document(
    *,
    response: Response,
    person_id: PersonId,
    document_id: DocumentId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
) -> DocumentBody:
    """Return one document, without its content."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return _shown(await uploads.find(session, person_id, document_id, caller.purpose), response)


@router.patch(_ONE, operation_id="amend_document", openapi_extra=_FIELD, responses=documented(DOCUMENT_TYPE_UNKNOWN))
async def amend_document(
    *,
    response: Response,
    person_id: PersonId,
    document_id: DocumentId,
    body: DocumentDetails,
    caller: Annotated[Caller, requires("persons:write")],
    version: IfMatch,
    session: WriteSession,
    trail: Trail,
) -> DocumentBody:
    """Correct what is said about a document, by JSON Merge Patch; its content never changes."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    document = await uploads.find(session, person_id, document_id, caller.purpose)
    before = {name: getattr(document, name) for name in DocumentDetails.model_fields}
    merged = merge_patch.apply(before, body.model_dump(exclude_unset=True))
    details = Details(**{"type": document.type, **merged})
    if details.issued_on and details.expires_on and details.expires_on < details.issued_on:
        raise Problem(problems.INVALID, [FieldError("/expires_on", "period-reversed", "Give a day after issued_on")])
    return _shown(await amend(session, document, version, details, caller.purpose), response)


@router.post(
    f"{_ONE}/verification",
    operation_id="verify_document",
    openapi_extra=_FIELD,
    responses=documented(DOCUMENT_NOT_AVAILABLE),
)
async def verify_document(
    *,
    response: Response,
    person_id: PersonId,
    document_id: DocumentId,
    body: Verification,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    at: Now,
    trail: Trail,
) -> DocumentBody:
    """Say that the document was held against its original, its issuer's answer or a register."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    document = await uploads.find(session, person_id, document_id, caller.purpose)
    by = f"{caller.organisation}/{caller.subject}"
    return _shown(await verify(session, document, method=body.method, by=by, at=at), response)


@router.post(f"{_ONE}/retraction", operation_id="retract_document", status_code=204, openapi_extra=_FIELD)
async def retract_document(
    *,
    person_id: PersonId,
    document_id: DocumentId,
    body: Retraction,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    at: Now,
    trail: Trail,
) -> None:
    """Take a document out of the person's papers, with a reason; its content is destroyed within two hours."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    document = await uploads.find(session, person_id, document_id, caller.purpose)
    await retract(session, document, reason=body.reason, by=caller.subject, at=at)


def _shown(document: Document, response: Response) -> DocumentBody:
    response.headers["etag"] = etag(document.version)
    response.headers["cache-control"] = "no-store"
    return _body(document)


def _body(document: Document) -> DocumentBody:
    values = asdict(document)
    return DocumentBody(**{name: values[name] for name in DocumentBody.model_fields})
