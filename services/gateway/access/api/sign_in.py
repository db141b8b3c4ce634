"""The sign-in page: password and then a second factor, or a passkey, which is both."""

from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.api.visits import Visit, Visited, refuse
from services.gateway.access.domain.account_errors import PasskeyRefusedError, TooManyAttemptsError
from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.attempts import BY_ADDRESS, BY_FACTOR, BY_NAME
from services.gateway.access.domain.errors import AuthorisationRefusedError
from services.gateway.access.domain.sessions import Stage, onward
from services.gateway.access.operations.ask_for_passkey import ask_for_passkey
from services.gateway.access.operations.count_attempt import count_attempt
from services.gateway.access.operations.read_authorisation_request import read_authorisation_request
from services.gateway.access.operations.settle_attempt import settle_attempt
from services.gateway.access.operations.use_passkey import use_passkey
from services.gateway.access.operations.use_recovery_code import use_recovery_code
from services.gateway.access.operations.use_totp import use_totp
from services.gateway.access.operations.verify_password import verify_password
from services.gateway.access.store import factors
from services.gateway.pages.routes import PageRefusedError, page_router
from services.kit.database import WriteSession
from services.kit.logs import log

_REFUSED, _TOO_MANY = 422, 429
_LONGEST_NAME, _LONGEST_PASSWORD = 200, 1000
router = page_router(refuse)


@router.get("/sign-in")
async def show_sign_in(visit: Visited, session: WriteSession) -> Response:
    """Show the page, or go on where she has signed in already."""
    query = visit.request.query_params
    if visit.signed_in() and "again" not in query:
        return visit.redirect(onward(query.get("next")))
    return await _page(visit, session)


@router.post("/sign-in")
async def take_password(visit: Visited, session: WriteSession) -> Response:
    """Take username and password."""
    form = await visit.form()
    username, password = form.get("username", "")[:_LONGEST_NAME], form.get("password", "")[:_LONGEST_PASSWORD]
    counted = ((BY_NAME, username.strip().lower()), (BY_ADDRESS, visit.network))
    try:
        keys = await count_attempt(counted, database=visit.database, at=visit.at)
    except TooManyAttemptsError as refusal:
        return await _page(visit, session, error="slow_down", wait_s=refusal.wait_s, username=username)
    account = await verify_password(
        username, password, database=visit.database, hashing=visit.people.hashing, at=visit.at
    )
    if account is None:
        log.info("sign_in_refused", request_id=visit.request.state.request_id)
        return await _page(visit, session, error="wrong_password", username=username)
    await settle_attempt(session, keys, at=visit.at)
    await visit.begin(session, Stage.PASSWORD, account)
    proof = await factors.factors_of(session, account.id)
    page = "/sign-in/second-factor" if proof.second else "/enrolment"
    return visit.redirect(f"{page}?next={quote(_next(visit), safe='')}")


@router.post("/sign-in/passkey")
async def take_passkey(visit: Visited, session: WriteSession) -> Response:
    """Take a passkey, in place of password and second factor or as the second."""
    form = await visit.form()
    if visit.session is None or visit.party is None:
        raise PageRefusedError(403, "expired")
    try:
        account = await use_passkey(session, visit.session, form.get("answer", ""), party=visit.party, at=visit.at)
    except PasskeyRefusedError:
        log.info("passkey_refused", request_id=visit.request.state.request_id)
        if visit.session.stage is Stage.PASSWORD and visit.account is not None:
            return await _second(visit, session, visit.account, error="passkey_refused")
        return await _page(visit, session, error="passkey_refused")
    return await _signed_in(visit, session, account)


@router.get("/sign-in/second-factor")
async def show_second_factor(visit: Visited, session: WriteSession) -> Response:
    """Show the page of the second factor."""
    account = _halfway(visit)
    return visit.to_sign_in(_next(visit)) if account is None else await _second(visit, session, account)


@router.post("/sign-in/second-factor")
async def take_second_factor(visit: Visited, session: WriteSession) -> Response:
    """Take a code of the generator, or a recovery code."""
    form = await visit.form()
    account = _halfway(visit)
    if account is None:
        return visit.to_sign_in(_next(visit))
    try:
        keys = await count_attempt(((BY_FACTOR, str(account.id)),), database=visit.database, at=visit.at)
    except TooManyAttemptsError as refusal:
        return await _second(visit, session, account, error="slow_down", wait_s=refusal.wait_s)
    if "recovery_code" in form:
        right = await use_recovery_code(session, account.id, form["recovery_code"], at=visit.at)
    else:
        right = await use_totp(session, account.id, form.get("code", ""), seal=visit.people.seal, at=visit.at)
    if not right:
        log.info("second_factor_refused", request_id=visit.request.state.request_id)
        return await _second(visit, session, account, error="wrong_code")
    await settle_attempt(session, keys, at=visit.at)
    return await _signed_in(visit, session, account)


async def form_targets(visit: Visit, session: AsyncSession, path: str) -> tuple[str, ...]:
    """Return where the forms before an authorisation may lead on to: the client's own address, once it is checked.

    Browsers hold every redirect after a form against the page's policy, up to the client's.

    Args:
        visit: The request.
        session: The transaction.
        path: Where she goes on to.
    """
    place = urlsplit(path)
    if place.path != "/oauth2/authorize":
        return ()
    try:
        asked = await read_authorisation_request(session, dict(parse_qsl(place.query)), at=visit.at)
        target = asked.redirect_uri
    except AuthorisationRefusedError as refusal:
        target = refusal.redirect_uri or ""
    found = urlsplit(target)
    if found.scheme in {"http", "https"}:
        return (f"{found.scheme}://{found.netloc}",)
    return (f"{found.scheme}:",) if found.scheme else ()


def _next(visit: Visit) -> str:
    return onward(visit.request.query_params.get("next"))


def _halfway(visit: Visit) -> Account | None:
    """Return who has given her password and nothing yet beside it."""
    return visit.account if visit.session is not None and visit.session.stage is Stage.PASSWORD else None


async def _signed_in(visit: Visit, session: AsyncSession, account: Account) -> Response:
    await visit.begin(session, Stage.SIGNED_IN, account)
    await visit.record(session, account)
    log.info("signed_in", subject=str(account.id), request_id=visit.request.state.request_id)
    return visit.redirect(_next(visit))


async def _page(
    visit: Visit, session: AsyncSession, *, error: str | None = None, wait_s: int = 0, username: str = ""
) -> Response:
    browser = await visit.known(session)
    path = _next(visit)
    options = await ask_for_passkey(session, browser, party=visit.party) if visit.party else None
    response = visit.render(
        "sign_in.html",
        status=_status(error),
        form_action=await form_targets(visit, session, path),
        next=path,
        again="again" in visit.request.query_params,
        options=options,
        error=error,
        wait_s=wait_s,
        username=username,
    )
    return _paced(response, wait_s)


async def _second(
    visit: Visit, session: AsyncSession, account: Account, *, error: str | None = None, wait_s: int = 0
) -> Response:
    browser = await visit.known(session)
    proof = await factors.factors_of(session, account.id)
    path = _next(visit)
    asked = proof.passkeys and visit.party
    response = visit.render(
        "second_factor.html",
        status=_status(error),
        form_action=await form_targets(visit, session, path),
        next=path,
        factors=proof,
        options=await ask_for_passkey(session, browser, party=visit.party) if asked and visit.party else None,
        error=error,
        wait_s=wait_s,
    )
    return _paced(response, wait_s)


def _status(error: str | None) -> int:
    return 200 if error is None else _TOO_MANY if error == "slow_down" else _REFUSED


def _paced(response: Response, wait_s: int) -> Response:
    if wait_s:
        response.headers["retry-after"] = str(wait_s)
    return response
