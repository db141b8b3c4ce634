"""The page of one's own account: sessions, factors, what clients may do, password, and the way out."""

from uuid import UUID

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.api.visits import Visit, Visited, refuse
from services.gateway.access.domain.account_errors import (
    LastFactorError,
    PasswordGuessableError,
    PasswordLengthError,
)
from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.sessions import HOME, BrowserSession, browser_of
from services.gateway.access.operations.hash_new_password import hash_new_password
from services.gateway.access.operations.remove_factor import remove_factor
from services.gateway.access.operations.withdraw_consent import withdraw_consent
from services.gateway.access.store import browser_sessions, factors
from services.gateway.pages.routes import PageRefusedError, page_router
from services.kit.database import WriteSession
from services.kit.logs import log

_REFUSED = 422
_NEWS = frozenset({"password", "factor", "session", "sessions", "consent"})
router = page_router(refuse)


@router.get("/account")
async def show_account(visit: Visited, session: WriteSession) -> Response:
    """Show the page."""
    known = visit.signed_in()
    if known is None:
        return visit.to_sign_in(HOME)
    return await _page(visit, session, *known)


@router.post("/account/sessions/end-others")
async def end_other_sessions(visit: Visited, session: WriteSession) -> Response:
    """End every session of hers but this one."""
    browser, account = await _hers(visit)
    await browser_sessions.end_sessions(session, account.id, keep=browser.id)
    await visit.record(session, account)
    return visit.redirect(f"{HOME}?done=sessions")


@router.post("/account/sessions/{session_id}/end")
async def end_own_session(visit: Visited, session: WriteSession, session_id: UUID) -> Response:
    """End one of her sessions."""
    browser, account = await _hers(visit)
    await browser_sessions.end_sessions(session, account.id, only=session_id)
    await visit.record(session, account)
    if session_id == browser.id:
        visit.cookie = ""
        return visit.redirect("/sign-out")
    return visit.redirect(f"{HOME}?done=session")


@router.post("/account/consents/{client_id}/withdraw")
async def withdraw_own_consent(visit: Visited, session: WriteSession, client_id: str) -> Response:
    """Take back what a client may do in her name."""
    _, account = await _hers(visit)
    await withdraw_consent(session, account.id, client_id, at=visit.at)
    await visit.record(session, account)
    log.info("consent_withdrawn", subject=str(account.id), request_id=visit.request.state.request_id)
    return visit.redirect(f"{HOME}?done=consent")


@router.post("/account/passkeys/{passkey_id}/remove")
async def remove_passkey(visit: Visited, session: WriteSession, passkey_id: UUID) -> Response:
    """Remove a passkey, where another second factor is left."""
    return await _removed(visit, session, passkey_id)


@router.post("/account/totp/remove")
async def remove_totp(visit: Visited, session: WriteSession) -> Response:
    """Remove the code generator, where a passkey is left."""
    return await _removed(visit, session, None)


@router.get("/account/password")
async def show_password(visit: Visited, session: WriteSession) -> Response:
    """Ask for a new password, of somebody whose second factor was given lately."""
    known = visit.signed_in()
    del session
    if known is None or not visit.stepped_up():
        return visit.to_sign_in("/account/password", again=known is not None)
    return visit.render("password.html", error=None)


@router.post("/account/password")
async def take_new_password(visit: Visited, session: WriteSession) -> Response:
    """Set a new password; her other sessions end."""
    form = await visit.form()
    known = visit.signed_in()
    if known is None or not visit.stepped_up():
        return visit.to_sign_in("/account/password", again=known is not None)
    browser, account = known
    password = form.get("password", "")
    if password != form.get("again", ""):
        return visit.render("password.html", status=_REFUSED, error="passwords_differ")
    try:
        hashed = await hash_new_password(password, account=account, hashing=visit.people.hashing)
    except PasswordLengthError:
        return visit.render("password.html", status=_REFUSED, error="password_length")
    except PasswordGuessableError:
        return visit.render("password.html", status=_REFUSED, error="password_guessable")
    await factors.set_password(session, account.id, hashed, at=visit.at)
    await browser_sessions.end_sessions(session, account.id, keep=browser.id)
    await visit.record(session, account)
    log.info("password_set", subject=str(account.id), request_id=visit.request.state.request_id)
    return visit.redirect(f"{HOME}?done=password")


@router.get("/sign-out")
async def show_sign_out(visit: Visited) -> Response:
    """Ask whether to sign out, or say that nobody is signed in."""
    return visit.render("sign_out.html", known=visit.account is not None)


@router.post("/sign-out")
async def sign_out(visit: Visited, session: WriteSession) -> Response:
    """End this session and take its cookie away."""
    await visit.form()
    if visit.session is not None:
        await browser_sessions.end_session(session, visit.session.id)
    visit.cookie = ""
    return visit.redirect("/sign-out")


async def _hers(visit: Visit) -> tuple[BrowserSession, Account]:
    await visit.form()
    known = visit.signed_in()
    if known is None:
        raise PageRefusedError(403, "expired")
    return known


async def _removed(visit: Visit, session: AsyncSession, passkey_id: UUID | None) -> Response:
    browser, account = await _hers(visit)
    if not visit.stepped_up():
        return visit.to_sign_in(HOME, again=True)
    try:
        async with session.begin_nested():
            await remove_factor(session, account.id, passkey_id=passkey_id)
    except LastFactorError:
        return await _page(visit, session, browser, account, error="last_factor")
    await visit.record(session, account)
    log.info("factor_removed", subject=str(account.id), request_id=visit.request.state.request_id)
    return visit.redirect(f"{HOME}?done=factor")


async def _page(
    visit: Visit, session: AsyncSession, browser: BrowserSession, account: Account, *, error: str | None = None
) -> Response:
    done = visit.request.query_params.get("done")
    own = await browser_sessions.sessions_of(session, account.id, at=visit.at)
    return visit.render(
        "account.html",
        status=200 if error is None else _REFUSED,
        factors=await factors.factors_of(session, account.id),
        passkeys=await factors.passkeys_of(session, account.id),
        sessions=[(one, " · ".join(browser_of(one.agent)), one.id == browser.id) for one in own],
        consents=await browser_sessions.consents_of(session, account.id),
        done=done if done in _NEWS else None,
        error=error,
    )
