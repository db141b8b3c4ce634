"""`/v1/persons/{id}/export`: everything that is held about a person, for her."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from services.gateway.persons.api import extract_views
from services.gateway.persons.clients.typesetting import typeset
from services.gateway.persons.contract import ExtractDocumentBody
from services.gateway.persons.domain.extracts import Use
from services.gateway.persons.operations.read_extract import read_extract
from services.gateway.ports import Services, Spoken
from services.kit import problems
from services.kit.audit import Trail
from services.kit.callers import Caller, requires
from services.kit.clock import Now
from services.kit.problems import Problem, language_of
from services.kit.routes import Router, documented
from services.trail.routes import Noting

router = Router(tags=["persons"])
PURPOSE = "SUBJECT_REQUEST"
Format = Annotated[Literal["json", "pdf"], Query(description="As data, or as a document to print")]
Language = Annotated[
    Literal["fr", "ar", "en"] | None, Query(description="Of the words in it; by Accept-Language where left out")
]


@dataclass(frozen=True, slots=True)
class Log:
    """What the audit area lends: a person's access log, and its words.

    Attributes:
        read: (services, row, person_id, caller, request id, language, limit) -> uses, whether more, whether all.
        say: (kind, code, language) -> word.
    """

    read: Callable[..., Awaitable[tuple[Sequence[Use], bool, bool]]]
    say: Callable[[str, str, str], str]


async def read_log(request: Request) -> Log:
    """Return what reads the access log."""
    log: Log = request.app.state.extract_log
    return log


async def at_her_request(caller: Annotated[Caller, requires("persons:read", personal=False)]) -> Caller:
    """Return a caller who serves a person that asks for her own data.

    Raises:
        Problem: 403 for another purpose, or where the agreements do not give whole records: an extract is never cut.
    """
    if caller.purpose != PURPOSE:
        raise Problem(problems.PURPOSE_NOT_AGREED)
    share = caller.share_of("persons")
    if share is None or share.fields is not None:
        raise Problem(problems.RESOURCE_NOT_AGREED)
    return caller


@router.get(
    "/v1/persons/{person_id}/export",
    operation_id="export_person",
    summary="Everything that is held about a person",
    response_model=ExtractDocumentBody,
    responses={
        **documented(
            problems.UNAUTHENTICATED,
            problems.INSUFFICIENT_SCOPE,
            problems.PURPOSE_REQUIRED,
            problems.PURPOSE_UNKNOWN,
            problems.PURPOSE_NOT_AGREED,
            problems.RESOURCE_NOT_AGREED,
            problems.NOT_FOUND,
        ),
        200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}},
    },
    openapi_extra={"x-personal-data": True},
)
async def export_person(  # what is asked, by whom, of whom, and what it takes to answer
    *,
    person_id: UUID,
    request: Request,
    caller: Annotated[Caller, Depends(at_her_request)],
    services: Spoken,
    log: Annotated[Log, Depends(read_log)],
    row: Noting,
    at: Now,
    format: Format = "json",  # noqa: A002  # the word of the API
    language: Language = None,
) -> Response:
    """Return everything that every service holds about a person, at her own request (`SUBJECT_REQUEST`).

    With where it comes from, why and how long it is kept, and who used it. A service that does not answer is named in
    `parts`, and `complete` is false. Nothing of confidential care is in it, nor of measures that protect somebody.
    """
    row.caller = caller
    spoken = language or language_of(request.headers.get("accept-language"))
    request_id = request.state.request_id
    found = await read_extract(
        services,
        _uses(log, services, row, person_id, caller, request_id, spoken),
        person_id=person_id,
        caller=caller,
        request_id=request_id,
    )

    def say(kind: str, code: str) -> str:
        return log.say(kind, code, spoken)

    shown = extract_views.document(found, person_id, language=spoken, say=say, at=at)
    headers = {"cache-control": "no-store", "content-language": spoken, "vary": "accept-language"}
    name = f'attachment; filename="indimaj-{person_id}.{format}"'
    if format == "json":
        return Response(
            shown.model_dump_json(), headers={**headers, "content-disposition": name}, media_type="application/json"
        )
    page = await typeset(extract_views.printed(shown), at=at)
    return Response(page, headers={**headers, "content-disposition": name}, media_type="application/pdf")


def _uses(  # noqa: PLR0917  # what the log is read with
    log: Log, services: Services, row: Trail, person_id: UUID, caller: Caller, request_id: str, language: str
) -> Any:
    async def read(limit: int) -> tuple[Sequence[Use], bool, bool]:
        return await log.read(
            services,
            row,
            person_id=person_id,
            caller=caller,
            request_id=request_id,
            language=language,
            limit=limit,
        )

    return read
