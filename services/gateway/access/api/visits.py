"""One request of a browser: its session, its language, its forms, and the pages it is shown."""

import hashlib
import hmac
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote, urlsplit

from fastapi import Depends, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import RedirectResponse

from services.gateway.access.api.forms import MalformedFormError, read_form
from services.gateway.access.domain.accounts import Account
from services.gateway.access.domain.passkeys import RelyingParty, relying_party
from services.gateway.access.domain.sessions import BrowserSession, Stage, agent_of, stepped_up
from services.gateway.access.operations.begin_session import begin_session
from services.gateway.access.operations.recognise_browser import recognise_browser
from services.gateway.access.store.hashing import Hashing
from services.gateway.access.store.sealing import Seal
from services.gateway.pages.languages import choose, named_language
from services.gateway.pages.rendering import Pages
from services.gateway.pages.routes import PageRefusedError
from services.kit.callers import Caller
from services.kit.clock import Now
from services.kit.database import Database
from services.kit.problems import Language

COOKIE = "__Host-indimaj"
SIGN_IN_CLIENT = "sign-in"
"""The client that the audit trail names where somebody does something on our own pages."""

_SEE_OTHER = 303
_LONGEST_ADDRESS = 64


@dataclass(frozen=True, slots=True)
class People:
    """What signing in needs of the process; kept in `app.state.people`."""

    seal: Seal
    hashing: Hashing
    public_url: str


@dataclass
class Visit:
    """One request of a browser.

    Attributes:
        session: Its session, if it has one in force.
        account: Whose the session is, from the right password on.
        token: The cookie's value.
    """

    request: Request
    at: datetime
    session: BrowserSession | None = None
    account: Account | None = None
    token: str = ""
    cookie: str | None = None

    @property
    def people(self) -> People:
        """What signing in needs of the process."""
        people: People = self.request.app.state.people
        return people

    @property
    def database(self) -> Database:
        """The store, for what must not hold a connection."""
        database: Database = self.request.app.state.database
        return database

    @property
    def language(self) -> Language:
        """The language of the page."""
        return choose(
            self.request.query_params.get("lang"),
            self.session.language if self.session else None,
            self.account.language if self.account else None,
            accept_language=self.request.headers.get("accept-language"),
        )

    @property
    def party(self) -> RelyingParty | None:
        """The site that passkeys are made for, if it can have any."""
        return relying_party(self.people.public_url, self.request.headers.get("host", ""))

    @property
    def network(self) -> str:
        """The address that the request came from, behind whatever proxies are ours."""
        address: str = self.request.app.state.address_of(self.request.scope)
        return address[:_LONGEST_ADDRESS]

    @property
    def csrf(self) -> str:
        """What a form of this session carries; nobody can make it without the cookie."""
        return hmac.digest(self.token.encode(), b"csrf", hashlib.sha256).hex() if self.token else ""

    def signed_in(self) -> tuple[BrowserSession, Account] | None:
        """Return session and account where both factors were given."""
        if self.session is None or self.account is None or not self.session.signed_in:
            return None
        return self.session, self.account

    def stepped_up(self) -> bool:
        """Say whether the second factor was given lately enough for something grave."""
        return self.session is not None and self.session.signed_in and stepped_up(self.session, at=self.at)

    async def begin(self, session: AsyncSession, stage: Stage, account: Account | None = None) -> BrowserSession:
        """Give the browser a new session in place of the one it has; the cookie goes out with the answer."""
        self.token, self.session = await begin_session(
            session,
            replacing=self.session,
            stage=stage,
            account_id=account.id if account else None,
            address=self.network,
            agent=agent_of(self.request.headers.get("user-agent")),
            language=named_language(self.request.query_params.get("lang"))
            or (self.session.language if self.session else None),
            at=self.at,
        )
        self.account, self.cookie = account, self.token
        return self.session

    async def known(self, session: AsyncSession) -> BrowserSession:
        """Return the browser's session, begun now where it has none: a form needs one."""
        return self.session or await self.begin(session, Stage.ANONYMOUS)

    async def form(self) -> Mapping[str, str]:
        """Return what a form of ours sent.

        A page elsewhere could make the browser send one: the browser says where it came from, and only we can have
        written the token in it.

        Raises:
            PageRefusedError: It is not ours, or no longer.
        """
        headers = self.request.headers
        origin = headers.get("origin", "null")
        ours = {urlsplit(self.people.public_url).netloc, headers.get("host", "")}
        elsewhere = headers.get("sec-fetch-site", "same-origin") != "same-origin"
        if elsewhere or (origin != "null" and urlsplit(origin).netloc not in ours):
            raise PageRefusedError(403, "expired")
        try:
            form = await read_form(self.request)
        except MalformedFormError:
            raise PageRefusedError(400, "expired") from None
        given = form.get("csrf", "").encode("utf-8", "surrogatepass")
        if self.session is None or not hmac.compare_digest(given, self.csrf.encode()):
            raise PageRefusedError(403, "expired")
        return form

    def render(self, template: str, *, status: int = 200, form_action: Iterable[str] = (), **context: Any) -> Response:
        """Return a page of this area."""
        response = area_pages().render(
            self.request,
            template,
            language=self.language,
            status=status,
            form_action=form_action,
            csrf=self.csrf,
            account=self.account,
            **context,
        )
        return self.with_cookie(response)

    def redirect(self, path: str) -> Response:
        """Return the way to another page."""
        return self.with_cookie(RedirectResponse(path, _SEE_OTHER, {"cache-control": "no-store"}))

    def to_sign_in(self, onward: str, *, again: bool = False) -> Response:
        """Return the way to the sign-in page and from there onward.

        Args:
            onward: A path of ours.
            again: Both factors are to be given although she has signed in.
        """
        more = "&again=1" if again else ""
        return self.redirect(f"/sign-in?next={quote(onward, safe='')}{more}")

    def with_cookie(self, response: Response) -> Response:
        """Return the answer with the new cookie, if there is one; an empty one takes it away."""
        if self.cookie is not None:
            response.set_cookie(
                COOKIE,
                self.cookie,
                max_age=None if self.cookie else 0,
                path="/",
                secure=True,
                httponly=True,
                samesite="lax",
            )
        return response

    async def record(self, session: AsyncSession, account: Account) -> None:
        """Leave an audit row of what somebody did with her own account, in the same transaction."""
        trail = self.request.state.trail
        trail.caller = Caller(str(account.id), SIGN_IN_CLIENT, account.organisation, frozenset())
        await trail.write(session)


@cache
def area_pages() -> Pages:
    """Return the pages of this area."""
    return Pages(Path(__file__).parents[1])


async def visit_of(request: Request, at: Now) -> Visit:
    """Return the visit: who shows the cookie, and in which language she reads."""
    visit = Visit(request, at)
    token = request.cookies.get(COOKIE, "")
    found = await recognise_browser(
        token, database=visit.database, at=at, language=named_language(request.query_params.get("lang"))
    )
    if found is not None:
        visit.token, (visit.session, visit.account) = token, found
    return visit


async def refuse(request: Request, refusal: PageRefusedError) -> Response:
    """Return the page of a refusal."""
    language = choose(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
    response = area_pages().render(
        request, "refusal.html", language=language, status=refusal.status, reason=refusal.reason
    )
    response.headers.update(refusal.headers)
    return response


Visited = Annotated[Visit, Depends(visit_of)]
"""The browser behind a page's request."""
