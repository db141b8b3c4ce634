"""What every page of the portal shares: who visits, how she asks the API, her forms, and how a page is rendered."""

import hmac
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Protocol
from urllib.parse import parse_qsl, quote, urlsplit

from fastapi import Depends, Request, Response
from starlette.responses import RedirectResponse

from services.gateway.pages.languages import choose
from services.gateway.pages.rendering import Pages
from services.gateway.pages.routes import PageRefusedError
from services.gateway.pages.visitors import Visiting, Visitor, to_sign_in
from services.gateway.steering.api.labels import Labels
from services.gateway.steering.domain.answers import Answer, Refusal, refusal_of
from services.gateway.steering.domain.offers import Offer
from services.gateway.steering.domain.partner import Gauge
from services.kit.clock import Now, Today

HOME = "/portal"
AREA = Path(__file__).parents[1]
"""Holds the templates and texts."""

ADMINISTRATION = "partners:admin"
STEP_UP = timedelta(minutes=10)
"""How fresh the second factor must be before a secret is shown, or anything is administered."""

LARGEST_FORM = 262_144
MOST_FIELDS = 60
_FORM = "application/x-www-form-urlencoded"
_SEE_OTHER = 303


class Door(Protocol):
    """The public API, called in a visitor's name; see `services.gateway.steering.clients.own_door`."""

    async def ask(
        self,
        visitor: Visitor,
        method: str,
        target: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        peer: tuple[str, int] | None = None,
    ) -> Answer:
        """Return the API's answer."""
        ...


Meters = Callable[[str, Sequence[str], datetime], Awaitable[Sequence[Gauge]]]
"""Say how much of their limits the clients of an organisation have used."""


@dataclass(frozen=True, slots=True)
class Portal:
    """What the pages are given; kept in `app.state.portal`.

    Attributes:
        server: Public base URL, for the examples.
        offers: Every operation that can be tried.
    """

    door: Door
    meters: Meters
    server: str
    offers: Sequence[Offer]


class SignedOutError(PageRefusedError):
    """Nobody is signed in, or a second factor was given too long ago."""

    def __init__(self, way: Response) -> None:
        super().__init__(_SEE_OTHER, "signed_out")
        self.way = way


@dataclass(slots=True)
class Page:
    """One request for a page of the portal.

    Attributes:
        at: The instant.
        on: The civil date in Morocco.
    """

    request: Request
    visitor: Visitor
    at: datetime
    on: date

    @property
    def portal(self) -> Portal:
        """What the pages are given."""
        portal: Portal = self.request.app.state.portal
        return portal

    async def ask(
        self, method: str, target: str, *, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> Answer:
        """Ask the API in the visitor's name and language."""
        client = self.request.client
        return await self.portal.door.ask(
            self.visitor,
            method,
            target,
            headers={"accept-language": self.visitor.language, **(headers or {})},
            body=body,
            peer=(client.host, client.port) if client else None,
        )

    async def read(self, target: str) -> tuple[Mapping[str, Any], Refusal | None]:
        """Return what a GET answers, or why it does not."""
        answer = await self.ask("GET", target)
        refusal = refusal_of(answer)
        return ({}, refusal) if refusal else (answer.document(), None)

    async def own(self) -> Mapping[str, Any]:
        """Return the visitor's organisation with its clients and agreements.

        Raises:
            PageRefusedError: The API does not tell, as where the organisation was stopped.
        """
        found, refusal = await self.read("/v1/partners/me")
        if refusal is not None:
            raise PageRefusedError(503, "unavailable", {"retry-after": "5"})
        return found

    async def labels(self) -> Labels:
        """Return the words for resources, actions and fields."""
        found, _ = await self.read("/v1/data-catalogue")
        return Labels(found.get("items", ()), self.visitor.language)

    async def form(self) -> Mapping[str, str]:
        """Return what a form of ours sent.

        A page elsewhere could make the browser send one: the browser says where it came from, and only we can have
        written the token in it.

        Raises:
            PageRefusedError: It is not ours, no longer, or no form.
        """
        headers = self.request.headers
        origin = headers.get("origin", "null")
        elsewhere = headers.get("sec-fetch-site", "same-origin") != "same-origin"
        ours = {urlsplit(self.portal.server).netloc, headers.get("host", "")}
        if elsewhere or (origin != "null" and urlsplit(origin).netloc not in ours):
            raise PageRefusedError(403, "expired")
        form = await _fields(self.request)
        given = form.get("csrf", "").encode("utf-8", "surrogatepass")
        if not self.visitor.csrf or not hmac.compare_digest(given, self.visitor.csrf.encode()):
            raise PageRefusedError(403, "expired")
        return form

    def step_up(self, onward: str) -> None:
        """Let her on whose second factor is fresh.

        Raises:
            SignedOutError: It is not: she proves herself again, and comes back.
        """
        if self.visitor.factor_age > STEP_UP:
            raise SignedOutError(RedirectResponse(f"/sign-in?next={quote(onward, safe='')}&again=1", _SEE_OTHER))

    def render(self, template: str, *, tab: str, status: int = 200, **context: Any) -> Response:
        """Return a page of the portal."""
        return area_pages().render(
            self.request,
            template,
            language=self.visitor.language,
            status=status,
            tab=tab,
            visitor=self.visitor,
            csrf=self.visitor.csrf,
            on=self.on,
            **context,
        )


async def _page(request: Request, visitor: Visiting, at: Now, on: Today) -> Page:
    if visitor is None:
        back = request.method == "GET"
        raise SignedOutError(to_sign_in(request) if back else RedirectResponse(f"/sign-in?next={HOME}", _SEE_OTHER))
    return Page(request, visitor, at, on)


Visited = Annotated[Page, Depends(_page)]
"""The request of somebody who has signed in; nobody else comes further than the sign-in page."""


@cache
def area_pages() -> Pages:
    """Return the pages of this area."""
    return Pages(AREA)


async def refuse(request: Request, refusal: PageRefusedError) -> Response:
    """Return the page of a refusal, or the way to the sign-in page."""
    if isinstance(refusal, SignedOutError):
        return refusal.way
    language = choose(request.query_params.get("lang"), accept_language=request.headers.get("accept-language"))
    response = area_pages().render(
        request, "refusal.html", language=language, status=refusal.status, reason=refusal.reason
    )
    response.headers.update(refusal.headers)
    return response


async def _fields(request: Request) -> Mapping[str, str]:
    body, kind = b"", request.headers.get("content-type", "").partition(";")[0].strip().lower()
    async for part in request.stream():
        body += part
        if len(body) > LARGEST_FORM:
            raise PageRefusedError(413, "too_large")
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MOST_FIELDS)
    except ValueError:
        pairs = []
    if kind != _FORM or len(dict(pairs)) != len(pairs):
        raise PageRefusedError(400, "expired")
    return dict(pairs)
