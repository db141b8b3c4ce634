"""First steps and new devices: a password by invitation, a code generator, passkeys, recovery codes."""

from urllib.parse import quote

import segno
from fastapi import Response
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.api.sign_in import form_targets
from services.gateway.access.api.visits import Visit, Visited, refuse
from services.gateway.access.domain.account_errors import (
    InvitationInvalidError,
    PasskeyRefusedError,
    PasswordGuessableError,
    PasswordLengthError,
    TooManyAttemptsError,
)
from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.attempts import BY_FACTOR
from services.gateway.access.domain.sessions import HOME, Stage, browser_of, onward
from services.gateway.access.operations.accept_invitation import accept_invitation
from services.gateway.access.operations.count_attempt import count_attempt
from services.gateway.access.operations.hash_new_password import hash_new_password
from services.gateway.access.operations.offer_passkey import offer_passkey
from services.gateway.access.operations.offer_totp import offer_totp
from services.gateway.access.operations.open_invitation import open_invitation
from services.gateway.access.operations.register_passkey import register_passkey
from services.gateway.access.operations.renew_recovery_codes import renew_recovery_codes
from services.gateway.access.operations.settle_attempt import settle_attempt
from services.gateway.access.operations.use_totp import use_totp
from services.gateway.access.store import browser_sessions, factors
from services.gateway.pages.routes import PageRefusedError, page_router
from services.kit.database import WriteSession
from services.kit.logs import log

_REFUSED, _TOO_MANY = 422, 429
router = page_router(refuse)


@router.get("/invitation")
async def show_invitation(visit: Visited, session: WriteSession) -> Response:
    """Show whom the link is for, and ask her for a password; that does not use the link up."""
    account = await _invited(visit)
    await visit.known(session)
    return _invitation(visit, account)


@router.post("/invitation")
async def take_invitation(visit: Visited, session: WriteSession) -> Response:
    """Set the password; what was signed in before on this account ends."""
    form = await visit.form()
    account = await _invited(visit)
    password = form.get("password", "")
    if password != form.get("again", ""):
        return _invitation(visit, account, error="passwords_differ")
    try:
        hashed = await hash_new_password(password, account=account, hashing=visit.people.hashing)
    except PasswordLengthError:
        return _invitation(visit, account, error="password_length")
    except PasswordGuessableError:
        return _invitation(visit, account, error="password_guessable")
    try:
        account = await accept_invitation(session, _token(visit), hashed, at=visit.at)
    except InvitationInvalidError:
        raise PageRefusedError(404, "invitation") from None
    await browser_sessions.end_sessions(session, account.id)
    await visit.begin(session, Stage.PASSWORD, account)
    await visit.record(session, account)
    log.info("password_set", subject=str(account.id), request_id=visit.request.state.request_id)
    return visit.redirect(f"/enrolment?next={quote(HOME, safe='')}")


@router.get("/enrolment")
async def show_enrolment(visit: Visited, session: WriteSession) -> Response:
    """Show how to add a second factor."""
    account, way_out = await _enrolling(visit, session)
    return way_out if account is None else await _page(visit, session, account)


@router.post("/enrolment/totp")
async def take_totp(visit: Visited, session: WriteSession) -> Response:
    """Take the first code of a new generator, which puts it in use."""
    form = await visit.form()
    account, way_out = await _enrolling(visit, session)
    if account is None:
        return way_out
    try:
        keys = await count_attempt(((BY_FACTOR, str(account.id)),), database=visit.database, at=visit.at)
    except TooManyAttemptsError as refusal:
        return await _page(visit, session, account, error="slow_down", wait_s=refusal.wait_s)
    seal = visit.people.seal
    if not await use_totp(session, account.id, form.get("code", ""), seal=seal, at=visit.at, enrolling=True):
        return await _page(visit, session, account, error="wrong_code")
    await settle_attempt(session, keys, at=visit.at)
    return await _enrolled(visit, session, account)


@router.post("/enrolment/passkey")
async def take_new_passkey(visit: Visited, session: WriteSession) -> Response:
    """Take a passkey that the browser has made."""
    form = await visit.form()
    account, way_out = await _enrolling(visit, session)
    if account is None or visit.session is None or visit.party is None:
        return way_out
    name = " · ".join(browser_of(visit.request.headers.get("user-agent", "")))
    try:
        await register_passkey(
            session, visit.session, account, form.get("answer", ""), name=name, party=visit.party, at=visit.at
        )
    except PasskeyRefusedError:
        return await _page(visit, session, account, error="passkey_refused")
    return await _enrolled(visit, session, account)


@router.post("/account/recovery-codes")
async def make_recovery_codes(visit: Visited, session: WriteSession) -> Response:
    """Show new recovery codes, once, as the answer itself: kept nowhere, they cannot be shown after a redirect."""
    await visit.form()
    known = visit.signed_in()
    if known is None or not visit.stepped_up():
        return visit.to_sign_in(HOME, again=True)
    await visit.record(session, known[1])
    return visit.render("recovery_codes.html", codes=await renew_recovery_codes(session, known[1].id), next=HOME)


async def _enrolling(visit: Visit, session: AsyncSession) -> tuple[Account | None, Response]:
    """Return who may add a factor, or the way to where she becomes somebody who may.

    Who has given her password alone may add her first factor; a further one needs the one she has, given lately.
    """
    again = visit.to_sign_in(HOME, again=visit.session is not None)
    if visit.account is None or visit.session is None:
        return None, again
    if visit.session.stage is Stage.PASSWORD:
        proof = await factors.factors_of(session, visit.account.id)
        return (None, again) if proof.second else (visit.account, again)
    return (visit.account, again) if visit.stepped_up() else (None, again)


async def _enrolled(visit: Visit, session: AsyncSession, account: Account) -> Response:
    """Go on once a factor was added: the first one completes signing in, and brings recovery codes."""
    path = onward(visit.request.query_params.get("next"))
    if visit.session is not None and not visit.session.signed_in:
        await visit.begin(session, Stage.SIGNED_IN, account)
    await visit.record(session, account)
    log.info("factor_added", subject=str(account.id), request_id=visit.request.state.request_id)
    if (await factors.factors_of(session, account.id)).recovery_codes:
        return visit.redirect(path)
    targets = await form_targets(visit, session, path)
    codes = await renew_recovery_codes(session, account.id)
    return visit.render("recovery_codes.html", codes=codes, next=path, form_action=targets)


async def _page(
    visit: Visit, session: AsyncSession, account: Account, *, error: str | None = None, wait_s: int = 0
) -> Response:
    browser = await visit.known(session)
    path = onward(visit.request.query_params.get("next"))
    secret, address = await offer_totp(session, account, seal=visit.people.seal)
    drawing = segno.make(address, error="m").svg_inline(scale=4, border=2, light="#fff", omitsize=True)
    party = visit.party
    response = visit.render(
        "enrolment.html",
        status=200 if error is None else _TOO_MANY if error == "slow_down" else _REFUSED,
        form_action=await form_targets(visit, session, path),
        next=path,
        secret=" ".join(secret[start : start + 4] for start in range(0, len(secret), 4)),
        drawing=Markup(drawing),  # noqa: S704  # a drawing of squares that segno makes; no text of anybody is in it
        options=await offer_passkey(session, browser, account, party=party) if party else None,
        first=not browser.signed_in,
        error=error,
        wait_s=wait_s,
    )
    if wait_s:
        response.headers["retry-after"] = str(wait_s)
    return response


def _token(visit: Visit) -> str:
    return visit.request.query_params.get("token", "")


async def _invited(visit: Visit) -> Account:
    """Return whom the link is for. Nobody guesses 256 random bits: there is no need to slow anybody down."""
    try:
        return await open_invitation(_token(visit), database=visit.database, at=visit.at)
    except InvitationInvalidError:
        raise PageRefusedError(404, "invitation") from None


def _invitation(visit: Visit, account: Account, *, error: str | None = None) -> Response:
    return visit.render(
        "invitation.html",
        status=200 if error is None else _REFUSED,
        invited=account,
        token=_token(visit),
        error=error,
    )
