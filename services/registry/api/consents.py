"""Consents of a person: given, read, taken back; and the receipt she takes home."""

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any
from uuid import UUID

from fastapi import Path, Query, Request, Response

from services.kit import problems
from services.kit.callers import Caller, requires
from services.kit.clock import Today
from services.kit.database import ReadSession, WriteSession
from services.kit.pages import Page, next_cursor
from services.kit.problems import Language
from services.kit.routes import Router, documented
from services.registry.api import rights_problems as refusals
from services.registry.api.dependencies import PersonId, Trail, Writing, require_open
from services.registry.contract.rights import (
    ConsentBody,
    ConsentPage,
    EffectBody,
    NewConsent,
    NoticeRef,
    ReceiptBody,
    Withdrawal,
)
from services.registry.domain.consents import Consent, ConsentState, NoticeNotFoundError, withdrawal_effects
from services.registry.domain.rights import PurposeRule
from services.registry.operations.record_consent import Given
from services.registry.operations.record_consent import record_consent as record
from services.registry.operations.withdraw_consent import withdraw_consent as withdraw
from services.registry.store import consents as store
from services.registry.store import notices, rights_rules, rights_seeds

router = Router(tags=["rights"])
ConsentId = Annotated[UUID, Path(description="Id of the consent")]
_PATH = "/v1/persons/{person_id}/consents"
_FIELD = {"x-field": "consents"}


@router.post(
    _PATH,
    operation_id="record_consent",
    status_code=201,
    openapi_extra=_FIELD,
    responses=documented(refusals.NOTICE_REFUSED, refusals.EVIDENCE_UNKNOWN, refusals.DAY_REFUSED),
)
async def record_consent(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    body: NewConsent,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> ConsentBody:
    """Record what a person agrees to, by purpose and recipient. A new consent replaces the one before."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    given = Given(
        purpose=body.purpose,
        recipient=body.recipient,
        notice=(body.notice.code, body.notice.version),
        language=body.language,
        channel=body.channel,
        given_by=body.given_by,
        given_on=body.given_on,
        expires_on=body.expires_on,
        documents=body.documents,
    )
    consent = await record(session, person_id, given, await writing.by(caller))
    rules = await rights_rules.load_purposes(session, writing.today)
    response.headers["location"] = f"/v1/persons/{person_id}/consents/{consent.id}"
    return _body(consent, request, writing.today, rules)


@router.get(_PATH, operation_id="list_consents", openapi_extra=_FIELD)
async def list_consents(
    *,
    request: Request,
    response: Response,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    page: Page,
    trail: Trail,
) -> ConsentPage:
    """Return a person's consents, newest first, and where each stands."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    before = UUID(page.after[0]) if page.after else None
    found = await store.page(session, person_id, before=before, limit=page.limit + 1)
    rules = await rights_rules.load_purposes(session, today)
    shown = found[: page.limit]
    after = [str(shown[-1].id)] if len(found) > page.limit else None
    items = [_body(consent, request, today, rules) for consent in shown]
    return ConsentPage(items=items, next=next_cursor(request, response, after))


@router.get(f"{_PATH}/{{consent_id}}", operation_id="read_consent", openapi_extra=_FIELD)
async def read_consent(
    *,
    request: Request,
    person_id: PersonId,
    consent_id: ConsentId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    today: Today,
    trail: Trail,
) -> ConsentBody:
    """Return a consent, and what its withdrawal does."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    consent = await store.find(session, person_id, consent_id)
    return _body(consent, request, today, await rights_rules.load_purposes(session, today))


@router.get(f"{_PATH}/{{consent_id}}/receipt", operation_id="read_consent_receipt", openapi_extra=_FIELD)
async def read_consent_receipt(
    *,
    person_id: PersonId,
    consent_id: ConsentId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
    language: Annotated[Language | None, Query(description="That of the notice when left out")] = None,
) -> ReceiptBody:
    """Return what the person takes home: number, what she was told and agreed to or took back, and her rights."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    consent = await store.find(session, person_id, consent_id)
    notice = await notices.find(session, consent.notice_code, consent.notice_version)
    if notice is None:
        raise NoticeNotFoundError
    chosen = language or consent.language
    texts = rights_seeds.texts("receipt")
    told = notice.texts[chosen]
    withdrawn = consent.end == ConsentState.WITHDRAWN.value
    first = texts["WITHDRAWAL" if withdrawn else "CONSENT"][chosen]
    effects = [rights_seeds.texts("effects")[code][chosen] for code in consent.effects]
    lines = [first, *effects] if withdrawn else [first, told["body"]]
    return ReceiptBody(
        number=consent.number,
        language=chosen,
        on=consent.ended_on if withdrawn and consent.ended_on else consent.given_on,
        title=told["title"],
        lines=[*lines, told["rights"]],
    )


@router.post(
    f"{_PATH}/{{consent_id}}/withdrawal",
    operation_id="withdraw_consent",
    openapi_extra=_FIELD,
    responses=documented(refusals.CONSENT_ENDED, refusals.DAY_REFUSED),
)
async def withdraw_consent(
    *,
    request: Request,
    person_id: PersonId,
    consent_id: ConsentId,
    body: Withdrawal,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
) -> ConsentBody:
    """Take back a consent. What depends on it stops at once and is named in `effects`; what a law demands goes on."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    ended = await withdraw(
        session,
        person_id,
        consent_id,
        on=body.on,
        channel=body.channel,
        reason=body.reason,
        act=await writing.by(caller),
    )
    return _body(ended, request, writing.today, await rights_rules.load_purposes(session, writing.today))


def _body(consent: Consent, request: Request, today: date, rules: Mapping[str, PurposeRule]) -> ConsentBody:
    language = problems.language_of(request.headers.get("accept-language"))
    effects = consent.effects or withdrawal_effects(consent.purpose, rules)
    texts: Mapping[str, Any] = rights_seeds.texts("effects")
    return ConsentBody(
        id=consent.id,
        person_id=consent.person_id,
        number=consent.number,
        state=consent.state_on(today),
        purpose=consent.purpose,
        recipient=consent.recipient,
        notice=NoticeRef(code=consent.notice_code, version=consent.notice_version),
        language=consent.language,
        channel=consent.channel,
        given_by=consent.given_by,
        given_on=consent.given_on,
        expires_on=consent.expires_on,
        documents=list(consent.documents),
        recorded_at=consent.recorded_at,
        organisation=consent.organisation,
        ended_on=consent.ended_on,
        end_reason=consent.end_reason,
        end_channel=consent.end_channel,
        effects=[EffectBody(code=code, text=texts[code][language]) for code in effects],
    )
