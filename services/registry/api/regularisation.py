"""Regularisation files over HTTP: opened, listed, read, amended, moved."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Request, Response

from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession, WriteSession
from services.kit.etags import IfMatch, etag
from services.kit.fields import Code
from services.kit.keyed_hash import normalise_identifier
from services.kit.pages import Page, next_cursor
from services.kit.routes import Router, documented
from services.registry.api.dependencies import Trail, Writing, require_open
from services.registry.api.problems import IDENTIFIER_IN_USE, PERIOD_OVERLAP
from services.registry.api.regularisation_access import FIELD, Book, FileId, may_write, open_file
from services.registry.api.regularisation_problems import (
    FILE_OPEN,
    FILE_SETTLED,
    REASONS_NEEDED,
    STEP_REFUSED,
    VALUE_REFUSED,
)
from services.registry.api.regularisation_views import file_body
from services.registry.contract.regularisation import (
    BureauCode,
    NewRegularisationFile,
    NewRegularisationStep,
    RegularisationCard,
    RegularisationFileBody,
    RegularisationFilePage,
    RegularisationFilePatch,
)
from services.registry.domain.regularisation import DeliveredCard
from services.registry.operations.amend_regularisation_file import Amended
from services.registry.operations.amend_regularisation_file import amend_regularisation_file as amend
from services.registry.operations.move_regularisation_file import Wanted
from services.registry.operations.move_regularisation_file import move_regularisation_file as move
from services.registry.operations.open_regularisation_file import Filing
from services.registry.operations.open_regularisation_file import open_regularisation_file as open_one
from services.registry.store import regularisation as store
from services.registry.store.walls import Sight

router = Router(tags=["regularisation"])
_ALL, _ONE = "/v1/regularisation-files", "/v1/regularisation-files/{file_id}"
_HIDDEN = {"cache-control": "no-store"}


@router.post(
    _ALL,
    operation_id="open_regularisation_file",
    status_code=201,
    openapi_extra=FIELD,
    responses=documented(FILE_OPEN, VALUE_REFUSED, problems.NOT_FOUND),
)
async def open_regularisation_file(
    *,
    body: NewRegularisationFile,
    response: Response,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    book: Book,
    writing: Writing,
    trail: Trail,
) -> RegularisationFileBody:
    """Open a person's file in a campaign, in the state DEPOSE. One filed after the closing is taken, with a warning."""
    trail.about(body.person_id)
    await require_open(session, body.person_id, caller)
    file, odd = await open_one(session, Filing(**body.model_dump()), book, await writing.by(caller))
    response.headers.update({**_HIDDEN, "location": f"{_ALL}/{file.id}", "etag": etag(file.version)})
    return file_body(file, book, writing.today, whole=True, warnings=odd)


@router.get(
    _ALL,
    operation_id="list_regularisation_files",
    openapi_extra=FIELD,
    responses=documented(VALUE_REFUSED, problems.NOT_FOUND),
)
async def list_regularisation_files(
    *,
    request: Request,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    book: Book,
    today: Today,
    page: Page,
    trail: Trail,
    person_id: Annotated[UUID | None, Query(description="Of one person")] = None,
    state: Annotated[Code | None, Query(description="Code of /v1/regularisation-rules/states")] = None,
    campaign: Annotated[Code | None, Query(description="Code of /v1/regularisation-rules/campaigns")] = None,
    bureau: Annotated[BureauCode | None, Query(description="Code of /v1/regularisation-rules/bureaus")] = None,
    overdue: Annotated[bool, Query(description="Only those whose running deadline has passed")] = False,
) -> RegularisationFilePage:
    """List files, oldest first: those of persons who are open to the caller. `overdue=true` is the work list."""
    if person_id is not None:
        await require_open(session, person_id, caller)
    found = await store.page(
        session,
        store.Filter(person_id, state, campaign, bureau, today if overdue else None),
        Sight(caller.viewer, caller.rows_of("persons")),
        after=UUID(page.after[0]) if page.after else None,
        limit=page.limit + 1,
    )
    shown = found[: page.limit]
    trail.about(*(file.person_id for file in shown))
    last = [str(shown[-1].id)] if len(found) > page.limit else None
    whole = may_write(caller)
    return RegularisationFilePage(
        items=[file_body(file, book, today, whole=whole) for file in shown],
        next=next_cursor(request, response, last),
    )


@router.get(_ONE, operation_id="read_regularisation_file", openapi_extra=FIELD)
async def read_regularisation_file(
    *,
    file_id: FileId,
    response: Response,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    book: Book,
    today: Today,
    trail: Trail,
) -> RegularisationFileBody:
    """Return a file with its steps, its deadlines, the appeal that is open and the steps that may follow."""
    file = await open_file(session, file_id, caller, trail)
    response.headers.update({**_HIDDEN, "etag": etag(file.version)})
    return file_body(file, book, today, whole=may_write(caller))


@router.patch(
    _ONE,
    operation_id="amend_regularisation_file",
    openapi_extra=FIELD,
    responses=documented(VALUE_REFUSED, FILE_SETTLED, STEP_REFUSED),
)
async def amend_regularisation_file(
    *,
    file_id: FileId,
    caller: Annotated[Caller, requires("persons:write")],
    body: RegularisationFilePatch,
    version: IfMatch,
    response: Response,
    session: WriteSession,
    book: Book,
    today: Today,
    trail: Trail,
) -> RegularisationFileBody:
    """Amend a file: the bureau and its number, the category until it is decided, when a refusal was notified."""
    before = await open_file(session, file_id, caller, trail)
    sent = body.model_dump(exclude_unset=True)
    amended = Amended(
        category=sent.get("category", before.category),
        bureau=sent.get("bureau", before.bureau),
        reference=sent.get("reference", before.reference),
        notified_on=sent.get("notified_on", before.notified_on),
    )
    file = await amend(session, file_id, version, amended, book, today=today)
    response.headers.update({**_HIDDEN, "etag": etag(file.version)})
    return file_body(file, book, today, whole=True)


@router.post(
    f"{_ONE}/transitions",
    operation_id="move_regularisation_file",
    status_code=201,
    openapi_extra=FIELD,
    responses=documented(STEP_REFUSED, REASONS_NEEDED, VALUE_REFUSED, IDENTIFIER_IN_USE, PERIOD_OVERLAP),
)
async def move_regularisation_file(
    *,
    file_id: FileId,
    body: NewRegularisationStep,
    response: Response,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    book: Book,
    writing: Writing,
    trail: Trail,
) -> RegularisationFileBody:
    """Take a step; answered with the file. A decision needs reasons, a refusal a reason in words, and tells the appeal.

    CARTE_DELIVREE writes the residence title and the legal status to the person's record in the same transaction.
    """
    await open_file(session, file_id, caller, trail)
    wanted = Wanted(body.to, body.on, tuple(body.reasons), body.notified_on, _card(body.card))
    file, odd = await move(session, file_id, wanted, book, await writing.by(caller))
    response.headers.update({**_HIDDEN, "location": f"{_ALL}/{file.id}", "etag": etag(file.version)})
    return file_body(file, book, writing.today, whole=True, warnings=odd)


def _card(body: RegularisationCard | None) -> DeliveredCard | None:
    if body is None:
        return None
    norm = normalise_identifier(body.number or "")
    return DeliveredCard(body.number, norm, body.valid_from, body.valid_to, body.permit_id)
