"""Where each field of a person comes from, and that somebody has verified it."""

from dataclasses import replace
from datetime import date
from typing import Annotated

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession, WriteSession
from services.kit.etags import etag
from services.kit.keyed_hash import normalise_identifier
from services.kit.problems import FieldError, Problem
from services.kit.routes import Router, documented
from services.registry.api.dependencies import Lists, PersonId, Trail, Writing, require_open
from services.registry.api.intake import Reader
from services.registry.api.person_problems import NOTHING_KNOWN
from services.registry.api.words import refuse_errors
from services.registry.contract.provenance import (
    FieldName,
    FieldOrigin,
    GivenWay,
    ProvenanceBody,
    ProvenanceShape,
    Verification,
)
from services.registry.domain.assembly import Origin, assemble
from services.registry.domain.import_rows import RowRules
from services.registry.domain.persons import Person
from services.registry.domain.reference import Reference
from services.registry.operations.verify_person import verify_person as verify
from services.registry.store import contributions, loading

router = Router(tags=["persons"])
_SHARING = {"x-sharing": {"entries": "fields"}}
"""Each entry is about one field, and shown where that field is."""


@router.get("/v1/persons/{person_id}/provenance", operation_id="read_provenance", openapi_extra=_SHARING)
async def read_provenance(
    *,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    lists: Lists,
    today: Today,
    trail: Trail,
) -> ProvenanceBody:
    """Return, for each field, the record it comes from, what it was read in, and who verified it.

    A verification speaks of the value as it was: once the value changes, nobody has verified the new one.
    """
    trail.about(person_id)
    await require_open(session, person_id, caller)
    person = await loading.load(session, person_id)
    return await _provenance(response, session, person, row_rules(lists, today))


async def _provenance(response: Response, session: AsyncSession, person: Person, rules: RowRules) -> ProvenanceBody:
    origins = assemble(await contributions.records(session, person.id, rules)).origins
    response.headers["etag"] = etag(person.version)
    fields = [_shown(name, origin) for name, origin in origins.items()]
    return ProvenanceBody(person_id=person.id, version=person.version, fields=fields)


def row_rules(lists: Reference, today: date) -> RowRules:
    """Return what rows of imports are read by."""
    return RowRules(lists, normalise_identifier, today)


def _shown(name: str, origin: Origin) -> FieldOrigin:
    record = origin.record
    return FieldOrigin(
        field=FieldName(name),
        record_id=record.id,
        version=record.version,
        organisation=record.organisation,
        operation=record.operation,
        at=record.at,
        source=origin.source,
        method=origin.method,
        verified_by=origin.verified_by,
        verified_on=origin.verified_on,
        others=[
            GivenWay(record_id=one.id, organisation=one.organisation, operation=one.operation, at=one.at)
            for one in origin.others
        ],
    )


@router.post(
    "/v1/persons/{person_id}/verifications",
    operation_id="verify_person",
    status_code=201,
    openapi_extra={"x-sharing": {"entries": "fields", "kept": ["source", "method", "verified_on", "verified_by"]}},
    responses=documented(NOTHING_KNOWN, problems.VERSION_CONFLICT),
)
async def verify_person(
    *,
    response: Response,
    person_id: PersonId,
    body: Verification,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> ProvenanceBody:
    """Note that values were held against their source and found right, as they stand in the version named.

    No value changes. Who verified is the caller, unless `verified_by` says otherwise.
    """
    trail.about(person_id)
    await require_open(session, person_id, caller)
    _refuse_not_agreed(caller, body)
    reader = Reader(lists, writing.today)
    told = ProvenanceShape(
        source=body.source,
        method=body.method,
        verified_by=body.verified_by or caller.subject,
        verified_on=body.verified_on,
    )
    reader.provenance(told, at="/verified_on")
    refuse_errors(reader.found)
    act = replace(await writing.by(caller), provenance=reader.told)
    person = await verify(session, person_id, body.version, [name.value for name in body.fields], act)
    response.headers["location"] = f"/v1/persons/{person_id}/provenance"
    return await _provenance(response, session, person, row_rules(lists, writing.today))


def _refuse_not_agreed(caller: Caller, body: Verification) -> None:
    """Refuse to verify what the caller's agreement does not name: it could not have been read either.

    Raises:
        Problem: 403, with a pointer to each such field.
    """
    share = caller.share_of("persons")
    agreed = None if share is None else share.fields
    if agreed is not None:
        hidden = [place for place, name in enumerate(body.fields) if name not in agreed]
        if hidden:
            errors = [FieldError(f"/fields/{place}", "field_not_agreed", "Leave it out") for place in hidden]
            raise Problem(problems.FIELD_NOT_AGREED, errors)
