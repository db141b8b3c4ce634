"""A browser without a screen: it keeps cookies, reads forms, and sends what a person would."""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pyotp

from services.gateway.access.domain.accounts import Account, Invitation
from services.gateway.access.operations.invite_account import invite_account
from services.gateway.app import Gateway
from services.kit import clock
from tests.gateway.conftest import ISSUER

PASSWORD = "grenat tortue wagon horizon"
COOKIE = "__Host-indimaj"
SCOPES = frozenset({"persons:read", "coverage:verify", "steering:read"})
_FORM = re.compile(r'<form[^>]*action="([^"]*)"[^>]*>(.*?)</form>', re.DOTALL)
_INPUT = re.compile(r'<input[^>]*name="([^"]*)"(?:[^>]*?value="([^"]*)")?')


@dataclass
class Clock:
    """The clock of the pages, moved by hand; it begins now, for tokens are issued by the true one."""

    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    async def read(self) -> datetime:
        return self.at

    def forward(self, **by: float) -> None:
        self.at += timedelta(**by)


@dataclass
class Browser:
    """One browser."""

    gateway: Gateway
    client: httpx.AsyncClient
    page: httpx.Response = field(default_factory=lambda: httpx.Response(204))

    @classmethod
    def opened(cls, gateway: Gateway, **headers: str) -> "Browser":
        transport = httpx.ASGITransport(app=gateway, client=("203.0.113.7", 4711))
        sent = {"accept-language": "en", "user-agent": "Mozilla/5.0 (X11; Linux) Firefox/140.0", **headers}
        return cls(gateway, httpx.AsyncClient(transport=transport, base_url=ISSUER, headers=sent))

    @property
    def cookie(self) -> str | None:
        return self.client.cookies.get(COOKIE)

    @property
    def path(self) -> str:
        """Where the last answer leads to."""
        place = urlsplit(self.page.headers["location"])
        return f"{place.path}?{place.query}" if place.query else place.path

    async def get(self, path: str, **options: Any) -> httpx.Response:
        self.page = await self.client.get(path, **options)
        return self.page

    async def follow(self) -> httpx.Response:
        return await self.get(self.page.headers["location"])

    async def send(self, action: str, *, headers: Mapping[str, str] | None = None, **fields: str) -> httpx.Response:
        """Fill and send the form of the last page whose address begins so."""
        address, hidden = self.form(action)
        sent = {"sec-fetch-site": "same-origin", "origin": "null", **(headers or {})}
        self.page = await self.client.post(address, data={**hidden, **fields}, headers=sent)
        return self.page

    def form(self, action: str) -> tuple[str, dict[str, str]]:
        """Return address and hidden fields of a form of the last page."""
        for address, body in _FORM.findall(self.page.text):
            if html.unescape(address).startswith(action):
                found = {html.unescape(name): html.unescape(value) for name, value in _INPUT.findall(body)}
                return html.unescape(address), found
        raise AssertionError(f"no form {action}: {self.page.status_code} {self.page.text}")

    async def give_password(self, username: str, password: str = PASSWORD, onward: str = "/account") -> httpx.Response:
        await self.get("/sign-in", params={"next": onward})
        return await self.send("/sign-in?", username=username, password=password)

    async def sign_in(self, person: "Person", at: datetime, onward: str = "/account") -> httpx.Response:
        """Sign in with password and code; the last answer leads onward."""
        await self.give_password(person.account.username, onward=onward)
        assert self.path.startswith("/sign-in/second-factor"), self.page.text
        await self.follow()
        return await self.send("/sign-in/second-factor", code=person.code(at))


@dataclass
class Person:
    """Somebody with an account, and a phone that shows codes."""

    account: Account
    secret: str
    recovery_codes: list[str]

    def code(self, at: datetime) -> str:
        return pyotp.TOTP(self.secret).at(at)


async def invited(gateway: Gateway, username: str = "amina", *, at: datetime, **more: Any) -> Invitation:
    """Make an account with an invitation."""
    values = {"organisation": "ministry", "display_name": "Amina El Idrissi", "scopes": SCOPES, "language": "en"}
    async with gateway.state.database.sessions.begin() as session:
        return await invite_account(session, username=username, at=at, **(values | more))


async def enrolled(gateway: Gateway, clock_: Clock, username: str = "amina", **more: Any) -> Person:
    """Make an account as a person would finish it: invitation, password, code generator, recovery codes."""
    invitation = await invited(gateway, username, at=clock_.at, **more)
    browser = Browser.opened(gateway)
    await browser.get("/invitation", params={"token": invitation.token})
    await browser.send("/invitation", password=PASSWORD, again=PASSWORD)
    assert browser.page.status_code == 303, browser.page.text
    await browser.follow()
    secret = secret_of(browser.page)
    page = await browser.send("/enrolment/totp", code=pyotp.TOTP(secret).at(clock_.at))
    assert page.status_code == 200, page.text
    codes = re.findall(r"<li>([A-Z0-9]{4}(?:-[A-Z0-9]{4}){3})</li>", page.text)
    await browser.client.aclose()
    clock_.forward(minutes=1)
    return Person(invitation.account, secret, codes)


def secret_of(page: httpx.Response) -> str:
    """Return the key that an enrolment page shows."""
    found = re.search(r'<code class="secret"[^>]*>([^<]*)</code>', page.text)
    assert found is not None, page.text
    return found[1].replace(" ", "")


def ticking(gateway: Gateway) -> Clock:
    """Put a clock of the test's own under the pages."""
    made = Clock()
    gateway.control.dependency_overrides[clock.read_now] = made.read
    return made


def query_of(location: str) -> dict[str, str]:
    """Return the parameters of an address."""
    return dict(parse_qsl(urlsplit(location).query))
