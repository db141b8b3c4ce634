"""Who looks at a page, for areas that do not know how people sign in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import Depends, Request
from starlette.responses import RedirectResponse

from services.kit.clock import Now
from services.kit.problems import Language


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has signed in with both factors.

    Attributes:
        account_id: Her account.
        organisation: Code of her organisation.
        scopes: The most that she may do.
        language: Of the pages for her.
        csrf: To be sent with every form, in the field `csrf`; see `visitor_of`.
        factor_age: How long ago her second factor was given.
    """

    account_id: UUID
    organisation: str
    username: str
    display_name: str
    scopes: frozenset[str]
    language: Language
    csrf: str
    factor_age: timedelta


VisitorOf = Callable[[Request, datetime], Awaitable[Visitor | None]]
"""Say who shows a session's cookie; kept in `app.state.visitor_of`."""


async def _visitor(request: Request, at: Now) -> Visitor | None:
    visitor_of: VisitorOf = request.app.state.visitor_of
    return await visitor_of(request, at)


Visiting = Annotated[Visitor | None, Depends(_visitor)]
"""Who looks at the page, or None; for routes of `pages.routes` alone, never for the API."""


def to_sign_in(request: Request) -> RedirectResponse:
    """Return the way to the sign-in page, and back here from it."""
    query = f"?{request.url.query}" if request.url.query else ""
    return RedirectResponse(f"/sign-in?next={quote(request.url.path + query, safe='')}", 303)
