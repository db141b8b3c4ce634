"""`/oauth2/authorize`: a person lets a client act in her name (RFC 6749 section 4.1, RFC 7636, RFC 9207)."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.api.dependencies import EMBEDDED
from services.gateway.access.api.sign_in import form_targets
from services.gateway.access.api.visits import Visit, Visited, refuse
from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.errors import AuthorisationRefusedError
from services.gateway.access.domain.grants import AuthorisationRequest
from services.gateway.access.domain.sessions import BrowserSession, factor_age
from services.gateway.access.operations.issue_code import issue_code
from services.gateway.access.operations.read_authorisation_request import read_authorisation_request
from services.gateway.access.store import browser_sessions
from services.gateway.pages.routes import PageRefusedError, page_router
from services.kit.database import WriteSession
from services.kit.logs import log

PATH = "/oauth2/authorize"
_LONGEST_AGE_DIGITS = 9
router = page_router(refuse)


@router.get(PATH, dependencies=[EMBEDDED])
async def authorise(visit: Visited, session: WriteSession) -> Response:
    """Send her back to the client with a code, by way of signing in and of asking her, where either is needed."""
    _check_embedded(visit)
    query = _query(visit)
    try:
        asked = await read_authorisation_request(session, query, at=visit.at)
        return await _lead(visit, session, asked, query)
    except AuthorisationRefusedError as refusal:
        return _refused(visit, refusal)


@router.post(PATH, dependencies=[EMBEDDED])
async def decide(visit: Visited, session: WriteSession) -> Response:
    """Take what she decided on the page; what the client asks for is read anew from the address."""
    _check_embedded(visit)
    form = await visit.form()
    query = _query(visit)
    try:
        asked = await read_authorisation_request(session, query, at=visit.at)
        known = visit.signed_in()
        if known is None:
            return visit.to_sign_in(_path(query))
        scopes = _scopes(asked, known[1])
        if form.get("decision") != "allow":
            return _refused(visit, AuthorisationRefusedError("access_denied", asked.redirect_uri, asked.state))
        before = await browser_sessions.find_consent(session, known[1].id, asked.client_id)
        await browser_sessions.keep_consent(session, known[1].id, asked.client_id, scopes | before, at=visit.at)
        await visit.record(session, known[1])
        log.info("consent_given", subject=str(known[1].id), client_id=asked.client_id)
        return await _with_code(visit, session, asked, known, scopes)
    except AuthorisationRefusedError as refusal:
        return _refused(visit, refusal)


def _check_embedded(visit: Visit) -> None:
    """Show that nothing is here where another issuer writes the tokens."""
    if visit.request.app.state.settings.oidc_issuer is not None:
        raise PageRefusedError(404, "not_found")


async def _lead(visit: Visit, session: AsyncSession, asked: AuthorisationRequest, query: Mapping[str, str]) -> Response:
    """Return the next step: sign in, decide, or back to the client."""
    quiet = asked.prompt == "none"
    known = visit.signed_in()
    anew = known is not None and (asked.prompt == "login" or _too_old(known[0], query, visit))
    if known is None or anew:
        if quiet:
            raise AuthorisationRefusedError("login_required", asked.redirect_uri, asked.state)
        # the sign-in page asks her anew in any case, so that coming back here must not ask once more
        kept = {name: value for name, value in query.items() if not (name == "prompt" and value == "login")}
        if kept.get("max_age") == "0":
            del kept["max_age"]
        return visit.to_sign_in(_path(kept), again=anew or asked.prompt == "login")
    scopes = _scopes(asked, known[1])
    before = await browser_sessions.find_consent(session, known[1].id, asked.client_id)
    if asked.prompt != "consent" and scopes <= before:
        return await _with_code(visit, session, asked, known, scopes)
    if quiet:
        raise AuthorisationRefusedError("consent_required", asked.redirect_uri, asked.state)
    return visit.render(
        "consent.html",
        form_action=await form_targets(visit, session, _path(query)),
        asked=asked,
        site=urlsplit(asked.redirect_uri).netloc or urlsplit(asked.redirect_uri).scheme,
        scopes=sorted(scopes),
        query=urlencode(query),
    )


def _scopes(asked: AuthorisationRequest, account: Account) -> frozenset[str]:
    """Return what a code may carry: asked for, the client's and the account's.

    A client acts for its own organisation: whoever belongs to another one has nothing to grant it.

    Raises:
        AuthorisationRefusedError: Nothing is left.
    """
    if asked.organisation != account.organisation:
        raise AuthorisationRefusedError("access_denied", asked.redirect_uri, asked.state)
    scopes = asked.scopes & account.scopes
    if not scopes:
        raise AuthorisationRefusedError("invalid_scope", asked.redirect_uri, asked.state)
    return scopes


async def _with_code(
    visit: Visit,
    session: AsyncSession,
    asked: AuthorisationRequest,
    known: tuple[BrowserSession, Account],
    scopes: frozenset[str],
) -> Response:
    browser, account = known
    code = await issue_code(
        session,
        asked,
        account_id=account.id,
        scopes=scopes,
        authenticated_at=browser.authenticated_at or visit.at,
        at=visit.at,
    )
    return _back(visit, asked.redirect_uri, {"code": code, "state": asked.state})


def _too_old(browser: BrowserSession, query: Mapping[str, str], visit: Visit) -> bool:
    """Say whether her second factor is older than the client's `max_age`, in seconds (OpenID Connect 3.1.2.1)."""
    wanted = query.get("max_age", "")
    if not wanted.isdecimal() or len(wanted) > _LONGEST_AGE_DIGITS:
        return False
    age = factor_age(browser, at=visit.at)
    return age is None or age > timedelta(seconds=int(wanted)) or wanted == "0"


def _refused(visit: Visit, refusal: AuthorisationRefusedError) -> Response:
    """Tell the client, at an address that is its own; else only her, and send her nowhere."""
    log.info("authorisation_refused", reason=refusal.error, request_id=visit.request.state.request_id)
    if refusal.redirect_uri is None:
        raise PageRefusedError(400, "authorisation") from None
    return _back(visit, refusal.redirect_uri, {"error": refusal.error, "state": refusal.state})


def _back(visit: Visit, redirect_uri: str, answer: Mapping[str, str | None]) -> Response:
    place = urlsplit(redirect_uri)
    given = {**answer, "iss": visit.people.public_url}
    query = parse_qsl(place.query, keep_blank_values=True)
    query += [(name, value) for name, value in given.items() if value is not None]
    return visit.redirect(urlunsplit(place._replace(query=urlencode(query))))


def _query(visit: Visit) -> dict[str, str]:
    """Return the client's parameters, each once (RFC 6749 section 3.1); `lang` is the page's own."""
    pairs: list[tuple[str, Any]] = [pair for pair in visit.request.query_params.multi_items() if pair[0] != "lang"]
    query = dict(pairs)
    if len(query) != len(pairs):
        raise PageRefusedError(400, "authorisation")
    return query


def _path(query: Mapping[str, str]) -> str:
    return f"{PATH}?{urlencode(query)}"
