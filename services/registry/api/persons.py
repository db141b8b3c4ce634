"""Register, read and amend persons."""

from dataclasses import replace
from typing import Annotated, Any

from fastapi import Header, Request, Response
from pydantic import ValidationError

from services.kit import merge_patch, problems
from services.kit.application import field_errors
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import Database, WriteSession
from services.kit.etags import IfMatch, VersionConflictError
from services.kit.problems import Problem
from services.kit.routes import Router, documented
from services.registry.api.dependencies import AsOf, KnownAt, Lists, PersonId, Trail, Writing, answer, require_open
from services.registry.api.hot_reads import PersonRoute, read_stored
from services.registry.api.intake import Reader, amendable_document
from services.registry.api.problems import IDENTIFIER_IN_USE
from services.registry.api.rights_problems import CHANGE_REQUEST_REQUIRED
from services.registry.api.words import refuse_errors
from services.registry.contract.persons import Amendable, NewPerson, PersonBody, PersonPatch
from services.registry.domain.persons import current_nationalities
from services.registry.operations.amend_person import amend_person as amend
from services.registry.operations.register_person import register_person as register
from services.registry.store import loading, reading

router = Router(tags=["persons"])
SHARING = {
    "x-sharing": {
        "kept": ["as_of", "known_at", "provenance"],
        "named": {"legal_status": "legal_statuses", "nationalities_confirmed": "nationalities"},
    }
}
"""Each member of a person is a field of an agreement, under its own name."""


async def read_person(
    *,
    request: Request,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    today: Today,
    trail: Trail,
    as_of: AsOf = None,
    known_at: KnownAt = None,
    if_none_match: Annotated[  # noqa: ARG001  # documented here, answered by kit.routes for every entity tag
        str | None, Header(description="ETag you hold: 304 when nothing has changed")
    ] = None,
) -> Response:
    """Return a person as she is known; on a day with `as_of`, as of an instant with `known_at`."""
    trail.about(person_id)
    if as_of is None and known_at is None:
        trail.caller = caller
        return await read_stored(request, person_id, caller, trail)
    database: Database = request.app.state.database
    async with database.sessions.begin() as session:
        await require_open(session, person_id, caller)
        return answer(await reading.person(session, person_id, today=today, as_of=as_of, known_at=known_at))


router.add_api_route(
    "/v1/persons/{person_id}",
    read_person,
    methods=["GET"],
    operation_id="read_person",
    response_model=PersonBody,
    openapi_extra=SHARING,
    route_class_override=PersonRoute,
)


@router.post(
    "/v1/persons",
    operation_id="register_person",
    status_code=201,
    response_model=PersonBody,
    openapi_extra=SHARING,
    responses=documented(IDENTIFIER_IN_USE),
)
async def register_person(
    *,
    body: NewPerson,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Register a person under a new programme number. Only one name is needed; what is not known is left out.

    Impossible values are refused, each with its pointer; unusual ones are stored and listed in `meta.warnings`.
    """
    reader = Reader(lists, writing.today)
    intake, provenance = reader.person(body), reader.provenance(body.provenance)
    refuse_errors(reader.found)
    act = await writing.by(caller)
    person = await register(session, intake, replace(act, provenance=provenance))
    trail.about(person.id)
    stored = await reading.person(session, person.id, today=writing.today)
    return answer(stored, status=201, location=f"/v1/persons/{person.id}", found=reader.found)


@router.patch(
    "/v1/persons/{person_id}",
    operation_id="amend_person",
    response_model=PersonBody,
    openapi_extra=SHARING,
    responses=documented(problems.UNSUPPORTED_MEDIA, CHANGE_REQUEST_REQUIRED),
)
async def amend_person(
    *,
    person_id: PersonId,
    body: PersonPatch,
    caller: Annotated[Caller, requires("persons:write")],
    version: IfMatch,
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Correct what is known of a person, by JSON Merge Patch; what was known before stays readable by `known_at`.

    What is known of her names, birth and nationalities takes a change request that a second person approves, but for
    slips that the organisation that registered her sets right within 30 days.
    """
    trail.about(person_id)
    await require_open(session, person_id, caller)
    person = await loading.load_for_change(session, person_id)
    if person.version != version:
        raise VersionConflictError
    codes = current_nationalities(person.nationalities, writing.today)
    patch = body.model_dump(mode="json", exclude_unset=True)
    merged = validated(merge_patch.apply(amendable_document(person.core, codes), patch))
    reader = Reader(lists, writing.today)
    core, nationalities = reader.core(merged, settled=codes)
    provenance = reader.provenance(merged.provenance)
    refuse_errors(reader.found)
    act = replace(await writing.by(caller), provenance=provenance)
    told: dict[str, Any] = {"unconfirmed": reader.unconfirmed, "confirm": merged.nationalities_confirmed}
    await amend(session, person_id, version, core=core, nationalities=nationalities, **told, act=act)
    return answer(await reading.person(session, person_id, today=writing.today), found=reader.found)


def validated(document: object) -> Amendable:
    """Return a document that a patch was laid over, as a body.

    Raises:
        Problem: 422 where the patch has made it none.
    """
    try:
        return Amendable.model_validate(document)
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_input=False, include_url=False)]
        raise Problem(problems.INVALID, list(field_errors(found))) from None
