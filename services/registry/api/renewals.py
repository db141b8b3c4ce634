"""Renew residence titles, withdraw them, and say whether a stay is covered."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Path, Query, Response

from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession
from services.kit.fields import CivilDate
from services.kit.keyed_hash import normalise_identifier
from services.kit.routes import Router, documented
from services.registry.api import shown
from services.registry.api.additions import Addition, Lister
from services.registry.api.corrections import PartId
from services.registry.api.dependencies import KnownAt, PersonId, Trail, answer, require_open
from services.registry.api.paper_problems import (
    PERMIT_NOT_RENEWABLE,
    PERMIT_NOT_VALID_THEN,
    RENEWAL_DECIDED,
    RENEWAL_OPEN,
)
from services.registry.api.problems import IDENTIFIER_IN_USE, PERIOD_OVERLAP
from services.registry.api.words import refuse_errors
from services.registry.contract.corrections import Withdrawal
from services.registry.contract.parts import NewPermit, PermitBody
from services.registry.contract.renewals import (
    Granted,
    NewOutcome,
    NewReceipt,
    NewRenewal,
    RenewalBody,
    RenewalList,
    ResidenceBody,
)
from services.registry.domain.corrections import key_of, part_of
from services.registry.domain.permit_rules import Rules
from services.registry.domain.persons import Person
from services.registry.domain.renewals import Outcome, Renewal, RenewalState, as_known, follows, renewal_of
from services.registry.domain.residence import Ending, Residence, residence
from services.registry.operations.decide_renewal import decide_renewal as decide
from services.registry.operations.file_renewal import file_renewal as file
from services.registry.operations.prolong_receipt import prolong_receipt as prolong
from services.registry.operations.withdraw_permit import withdraw_permit as withdraw
from services.registry.store import loading, permit_rules, seeds
from services.registry.store import renewals as store
from services.registry.store.reading import Stored

router = Router(tags=["persons"])
RenewalId = Annotated[UUID, Path(description="Id of the request for renewal")]
_TITLE = "/v1/persons/{person_id}/permits/{part_id}"
_PERMITS = {"x-field": "permits"}


@router.post(
    f"{_TITLE}/renewals",
    operation_id="file_renewal",
    openapi_extra=_PERMITS,
    status_code=201,
    response_model=RenewalBody,
    responses=documented(PERMIT_NOT_RENEWABLE, RENEWAL_OPEN, IDENTIFIER_IN_USE, PERIOD_OVERLAP),
)
async def file_renewal(body: NewRenewal, addition: Addition, part_id: PartId) -> Response:
    """File a request to renew a title; the receipt stands for the title for three months, and can be prolonged."""
    _refuse_future("/filed_on", body.filed_on, addition)
    act = await addition.writing.by(addition.caller)
    given = body.receipt.valid_from or body.filed_on
    person, renewal = await file(
        addition.session, addition.person_id, part_id, body.filed_on, _number(body.receipt), given, act
    )
    if renewal.late:
        addition.reader.found.warn("/filed_on", "renewal-late")
    if given > body.filed_on and renewal.late:
        addition.reader.found.warn("/receipt/valid_from", "receipt-gap")
    location = f"/v1/persons/{person.id}/permits/{part_id}/renewals/{renewal.id}"
    return answer(_stored(renewal, person), status=201, location=location, found=addition.reader.found)


@router.get(f"{_TITLE}/renewals", operation_id="list_renewals", openapi_extra=_PERMITS, response_model=RenewalList)
async def list_renewals(lister: Lister, part_id: PartId) -> Response:
    """Return the requests to renew a title, oldest first."""
    await lister.part("permit", part_id)
    found = as_known(await store.of_title(lister.session, lister.person_id, part_id), lister.known_at)
    items = orjson.dumps({"items": [_shown(renewal) for renewal in found], "next": None})
    return Response(items, headers={"cache-control": "no-store"}, media_type="application/json")


@router.get(
    f"{_TITLE}/renewals/{{renewal_id}}",
    operation_id="read_renewal",
    openapi_extra=_PERMITS,
    response_model=RenewalBody,
)
async def read_renewal(lister: Lister, part_id: PartId, renewal_id: RenewalId) -> Response:
    """Return one request to renew a title."""
    await lister.part("permit", part_id)
    found = as_known(await store.of_title(lister.session, lister.person_id, part_id), lister.known_at)
    one = orjson.dumps(_shown(renewal_of(found, renewal_id)))
    return Response(one, headers={"cache-control": "no-store"}, media_type="application/json")


@router.post(
    f"{_TITLE}/renewals/{{renewal_id}}/receipts",
    operation_id="prolong_receipt",
    openapi_extra=_PERMITS,
    status_code=201,
    response_model=RenewalBody,
    responses=documented(RENEWAL_DECIDED, IDENTIFIER_IN_USE, PERIOD_OVERLAP),
)
async def prolong_receipt(body: NewReceipt, addition: Addition, part_id: PartId, renewal_id: RenewalId) -> Response:
    """Give the next receipt of a request that is still looked at; it follows the last one without a gap."""
    act = await addition.writing.by(addition.caller)
    person, renewal = await prolong(
        addition.session, addition.person_id, part_id, renewal_id, _number(body), body.valid_from, act
    )
    location = f"/v1/persons/{person.id}/permits/{part_id}/renewals/{renewal.id}"
    return answer(_stored(renewal, person), status=201, location=location, found=addition.reader.found)


@router.post(
    f"{_TITLE}/renewals/{{renewal_id}}/outcome",
    operation_id="decide_renewal",
    openapi_extra=_PERMITS,
    response_model=RenewalBody,
    responses=documented(RENEWAL_DECIDED, IDENTIFIER_IN_USE, PERIOD_OVERLAP),
)
async def decide_renewal(body: NewOutcome, addition: Addition, part_id: PartId, renewal_id: RenewalId) -> Response:
    """Record how a request ended: granted with the new title, refused, or given up. Its receipts end with it."""
    _refuse_future("/on", body.on, addition)
    outcome = Outcome(RenewalState(body.outcome), body.on)
    if isinstance(body, Granted):
        person = await loading.load_for_change(addition.session, addition.person_id)
        expected = follows(part_of(person.permits, part_id), rules := await permit_rules.load(addition.session))
        title = addition.reader.permit(_title(body, expected, rules), "/title")
        if title is not None and title.type != expected:
            addition.reader.found.warn("/title/type", "title-unusual")
        outcome = Outcome(RenewalState.GRANTED, body.on, title=title)
    else:
        outcome = Outcome(RenewalState(body.outcome), body.on, body.reason)
    refuse_errors(addition.reader.found)
    act = await addition.writing.by(addition.caller)
    person, renewal = await decide(addition.session, addition.person_id, part_id, renewal_id, outcome, act)
    return answer(_stored(renewal, person), found=addition.reader.found)


@router.post(
    f"{_TITLE}/withdrawal",
    operation_id="withdraw_permit",
    openapi_extra=_PERMITS,
    response_model=PermitBody,
    responses=documented(PERMIT_NOT_VALID_THEN),
)
async def withdraw_permit(body: Withdrawal, addition: Addition, part_id: PartId) -> Response:
    """Withdraw a title from a day on, with the reason; its last day is the day before."""
    act = await addition.writing.by(addition.caller)
    person, title = await withdraw(addition.session, addition.person_id, part_id, body.on, act)
    stored = orjson.dumps({"id": part_id, **shown.permit(title)}).decode()
    return answer(Stored(stored, person.version), found=addition.reader.found)


@router.get(
    "/v1/persons/{person_id}/residence",
    operation_id="read_residence",
    openapi_extra=_PERMITS,
    response_model=ResidenceBody,
)
async def read_residence(
    *,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    trail: Trail,
    on: Annotated[CivilDate | None, Query(description="The day asked about; default: today")] = None,
    known_at: KnownAt = None,
) -> Response:
    """Say whether a person's stay is covered on a day: by which title or receipt, until when, and why."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    permits, version = await loading.permits_of(session, person_id, known_at)
    renewals = as_known(await store.of_person(session, person_id), known_at)
    found = residence(permits, renewals, on=on or today, rules=await permit_rules.load(session))
    return answer(Stored(orjson.dumps({"person_id": person_id, **_residence(found)}).decode(), version))


def _refuse_future(pointer: str, day: date, addition: Any) -> None:
    if day > addition.writing.today:
        addition.reader.found.refuse(pointer, "date-in-future")
    refuse_errors(addition.reader.found)


def _number(body: NewReceipt) -> tuple[str | None, str]:
    return body.number, normalise_identifier(body.number or "")


def _title(body: Granted, expected: str, rules: Rules) -> NewPermit:
    """Return the new title with what the rules say of it where the request says nothing."""
    new = body.title
    kind, end = new.type or expected, new.valid_to
    if end is None:
        usual = rules.usual(kind, new.valid_from)
        end = None if usual is None else usual.end
    return NewPermit(type=kind, number=new.number, mention=new.mention, valid_from=new.valid_from, valid_to=end)


def _stored(renewal: Renewal, person: Person) -> Stored:
    return Stored(orjson.dumps(_shown(renewal)).decode(), person.version)


def _shown(one: Renewal) -> dict[str, Any]:
    return {
        "id": one.id,
        "permit_id": one.title_id,
        "state": one.state,
        "filed_on": one.filed_on,
        "late": one.late,
        "receipts": one.receipts,
        "decided_on": one.decided_on,
        "reason": one.reason,
        "granted_permit_id": one.granted_id,
        "filed_at": one.filed_at,
        "decided_at": one.decided_at,
    }


def _residence(found: Residence) -> dict[str, Any]:
    span = found.span
    return {
        "on": found.on,
        "covered": span is not None,
        "reason": found.why,
        "explanation": seeds.residence_words()[found.why.value],
        "basis": span and span.basis,
        "permit_id": span and key_of(span.permit),
        "renewal_id": span and span.renewal and span.renewal.id,
        "until": found.until,
        "ending": found.ending and _ending(found.ending),
    }


def _ending(ending: Ending) -> dict[str, Any]:
    alerts = [{"days_before": alert.days_before, "on": alert.on} for alert in ending.alerts]
    return {
        "on": ending.on,
        "renew_from": ending.renew_from,
        "renews_to": ending.renews_to,
        "alerts": alerts,
        "fee_mad": ending.fee,
    }
