"""Who acts for a person."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Response

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.routes import Router, documented
from services.registry.api import living
from services.registry.api.dependencies import AsOf, KnownAt, PersonId, Trail, Writing, require_open
from services.registry.api.household_problems import (
    ON_BOTH_SIDES,
    REPRESENTATIVE_TWICE,
    REPRESENTATIVE_UNCLEAR,
    TOO_MANY_REPRESENTATIVES,
)
from services.registry.api.living import listed, shown
from services.registry.api.words import refuse_errors
from services.registry.contract.links import (
    NewRepresentative,
    RepresentationEnd,
    RepresentativeBody,
    RepresentativeList,
)
from services.registry.domain.findings import Findings
from services.registry.domain.representatives import Representative, RepresentativeNotFoundError
from services.registry.operations import add_representative as adding
from services.registry.operations import end_representation as ending
from services.registry.store import households, loading, representatives

router = Router(tags=["households"])
RepresentationId = Annotated[UUID, Path(description="Id of the representation, as the list shows it")]
_REPRESENTATIVES = {"x-field": "representatives"}
_PATH = "/v1/persons/{person_id}/representatives"


def _document(one: Representative) -> dict[str, Any]:
    return {
        "id": one.id,
        "capacity": one.capacity,
        "representative_id": one.representative_id,
        "organisation": one.organisation,
        "subject": one.subject,
        **living.shown_days(one.valid),
    }


@router.get(
    _PATH, operation_id="list_representatives", response_model=RepresentativeList, openapi_extra=_REPRESENTATIVES
)
async def list_representatives(
    *,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Return who acts for a person: with `as_of` on a day, with `known_at` as it was known."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    found = await representatives.listed(session, person_id, as_of=as_of, known_at=known_at)
    persons = {one.representative_id for one in found if one.representative_id is not None}
    open_ = await households.visible(session, persons, living.sight_of(caller))
    return listed(_document(one) for one in found if one.representative_id is None or one.representative_id in open_)


@router.post(
    _PATH,
    operation_id="add_representative",
    status_code=201,
    response_model=RepresentativeBody,
    openapi_extra=_REPRESENTATIVES,
    responses=documented(ON_BOTH_SIDES, REPRESENTATIVE_TWICE, REPRESENTATIVE_UNCLEAR, TOO_MANY_REPRESENTATIVES),
)
async def add_representative(
    *,
    person_id: PersonId,
    body: NewRepresentative,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Let somebody act for a person. Whoever is protected from her is closed to it at once."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    await living.require_all(session, [body.representative_id] if body.representative_id else [], caller)
    found = Findings()
    valid = living.read_days(found, "", body.valid_from or writing.today, body.valid_to)
    refuse_errors(found)
    new = Representative(person_id, body.capacity, body.representative_id, body.organisation, body.subject, valid)
    stored = await adding.add_representative(session, new, await writing.by(caller))
    version = (await loading.load(session, person_id)).version
    location = f"/v1/persons/{person_id}/representatives"
    return shown(_document(stored), version=version, status=201, location=location)


@router.post(
    f"{_PATH}/{{representation_id}}/end",
    operation_id="end_representation",
    response_model=RepresentativeList,
    openapi_extra=_REPRESENTATIVES,
)
async def end_representation(
    *,
    person_id: PersonId,
    representation_id: RepresentationId,
    body: RepresentationEnd,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Store the last day on which somebody acts for a person; what had not begun is taken back: the list is empty."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    known = await representatives.load(session, person_id, representation_id)
    named = [known.representative_id] if known.representative_id else []
    if len(await households.visible(session, named, living.sight_of(caller))) < len(named):
        raise RepresentativeNotFoundError
    act = await writing.by(caller)
    ended = await ending.end_representation(session, person_id, representation_id, body.on, act)
    version = (await loading.load(session, person_id)).version
    return listed([_document(ended)] if ended else [], version=version)
