"""What persons are to each other."""

from dataclasses import replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Response

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.kit.etags import IfMatch
from services.kit.problems import UNSUPPORTED_MEDIA
from services.kit.routes import Router, documented
from services.registry.api import living
from services.registry.api.correcting import Taking, merged
from services.registry.api.dependencies import AsOf, KnownAt, PersonId, Trail, Writing, require_open
from services.registry.api.household_problems import (
    CUSTODY_OVERFULL,
    CUSTODY_SHARE,
    RELATIONSHIP_OVERLAP,
    SELF_RELATIONSHIP,
)
from services.registry.api.living import listed, shown
from services.registry.api.words import refuse_errors
from services.registry.contract.corrections import Retracted
from services.registry.contract.links import (
    NewRelationship,
    RelationshipBody,
    RelationshipList,
    RelationshipPatch,
)
from services.registry.domain.findings import Findings
from services.registry.domain.relationships import Link, Relationship, RelationshipNotFoundError
from services.registry.operations import add_relationship as adding
from services.registry.operations import amend_relationship as amending
from services.registry.operations import retract_relationship as taking_back
from services.registry.store import households, loading, relationships

router = Router(tags=["households"])
RelationshipId = Annotated[UUID, Path(description="Id of the relationship, the same in both persons' lists")]
_RELATIONSHIPS = {"x-field": "relationships"}
_PATH = "/v1/persons/{person_id}/relationships"


def _said(row: Relationship, person_id: UUID) -> dict[str, Any]:
    """Return a relationship as one of the two would declare it."""
    link = row.of(person_id)
    said = {"kind": link.kind, "person_id": str(link.person_id), "share": link.share, "proven": row.proven}
    return {**said, **living.shown_days(link.valid)}


def _document(row: Relationship, person_id: UUID) -> dict[str, Any]:
    return {"id": row.id, **_said(row, person_id)}


@router.get(_PATH, operation_id="list_relationships", response_model=RelationshipList, openapi_extra=_RELATIONSHIPS)
async def list_relationships(
    *,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
    as_of: AsOf = None,
    known_at: KnownAt = None,
) -> Response:
    """Return what others are to a person: with `as_of` on a day, with `known_at` as it was known."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    rows = await relationships.listed(session, person_id, as_of=as_of, known_at=known_at)
    others = {row.of(person_id).person_id for row in rows}
    open_ = await households.visible(session, others, living.sight_of(caller))
    return listed(_document(row, person_id) for row in rows if row.of(person_id).person_id in open_)


@router.post(
    _PATH,
    operation_id="add_relationship",
    status_code=201,
    response_model=RelationshipBody,
    openapi_extra=_RELATIONSHIPS,
    responses=documented(CUSTODY_OVERFULL, CUSTODY_SHARE, RELATIONSHIP_OVERLAP, SELF_RELATIONSHIP),
)
async def add_relationship(
    *,
    person_id: PersonId,
    body: NewRelationship,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Say what another person is to one: parent, child, guardian, kafil, custodian with a share, spouse, sibling."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    await living.require_all(session, [body.person_id], caller)
    found = Findings()
    valid = living.read_days(found, "", body.valid_from, body.valid_to)
    refuse_errors(found)
    link = Link(body.kind, body.person_id, valid, body.share)
    act = await writing.by(caller)
    row = await adding.add_relationship(session, person_id, link, act, proven=body.proven)
    version = (await loading.load(session, person_id)).version
    location = f"/v1/persons/{person_id}/relationships"
    return shown(_document(row, person_id), version=version, status=201, location=location)


@router.patch(
    f"{_PATH}/{{relationship_id}}",
    operation_id="amend_relationship",
    response_model=RelationshipBody,
    openapi_extra=_RELATIONSHIPS,
    responses=documented(CUSTODY_OVERFULL, CUSTODY_SHARE, RELATIONSHIP_OVERLAP, UNSUPPORTED_MEDIA),
)
async def amend_relationship(
    *,
    person_id: PersonId,
    relationship_id: RelationshipId,
    body: RelationshipPatch,
    caller: Annotated[Caller, requires("persons:write")],
    version: IfMatch,
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> Response:
    """Correct the days, share or proof of a relationship; `If-Match` names the person's ETag."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    before = await relationships.load(session, person_id, relationship_id)
    await _require_other(session, before, person_id, caller)
    whole = merged(NewRelationship, _said(before, person_id), body)
    found = Findings()
    valid = living.read_days(found, "", whole.valid_from, whole.valid_to)
    refuse_errors(found)

    def correct(row: Relationship) -> Relationship:
        return replace(row, valid=valid, share=whole.share, proven=whole.proven)

    act = await writing.by(caller)
    row = await amending.amend_relationship(session, person_id, relationship_id, version, correct=correct, act=act)
    raised = (await loading.load(session, person_id)).version
    return shown(_document(row, person_id), version=raised)


@router.post(
    f"{_PATH}/{{relationship_id}}/retraction",
    operation_id="retract_relationship",
    response_model=Retracted,
    openapi_extra=_RELATIONSHIPS,
)
async def retract_relationship(taking: Taking, relationship_id: RelationshipId) -> Response:
    """Take back a relationship that was entered in error, with the reason; what was known stays readable."""
    before = await relationships.load(taking.session, taking.person_id, relationship_id)
    await _require_other(taking.session, before, taking.person_id, taking.caller)
    return await taking.part(relationship_id, taking_back.retract_relationship)


async def _require_other(session: WriteSession, row: Relationship, person_id: UUID, caller: Caller) -> None:
    """See that the other end of a relationship may be known of.

    Raises:
        RelationshipNotFoundError: She may not: then there is no such relationship.
    """
    other = row.of(person_id).person_id
    if not await households.visible(session, [other], living.sight_of(caller)):
        raise RelationshipNotFoundError
