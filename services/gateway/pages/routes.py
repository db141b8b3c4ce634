"""Routes that answer people with pages: not part of the API, refusals are pages too."""

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute

from services.kit import audit, problems
from services.kit.application import problem_of

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
Refuse = Callable[[Request, "PageRefusedError"], Coroutine[Any, Any, Response]]


class PageRefusedError(Exception):
    """Somebody is told on a page why something cannot be.

    Attributes:
        status: Of the answer.
        reason: Name of the text: `refusals.<reason>.title` and `.remedy`.
        headers: Further headers of the answer.
    """

    def __init__(self, status: int, reason: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status, self.reason, self.headers = status, reason, headers or {}


class PageRoute(APIRoute):
    """A route whose answers are pages; it takes no token, and no route of the API takes its cookie."""

    refuse: Refuse

    def get_route_handler(self) -> Handler:
        """Return the handler with its frame."""
        inner = super().get_route_handler()

        async def handler(request: Request) -> Response:
            state = request.state
            state.session = state.caller = state.claim = None
            state.trail = audit.Trail(self.name, state.request_id, request.app.state.pseudonyms)
            state.leave_refusal = _leave_nothing
            try:
                return await inner(request)
            except PageRefusedError as refusal:
                return await type(self).refuse(request, refusal)
            except Exception as error:
                if problem_of(error, {}).type is not problems.UNAVAILABLE:
                    raise
                return await type(self).refuse(request, PageRefusedError(503, "unavailable", {"retry-after": "5"}))

        return handler


def page_router(refuse: Refuse) -> APIRouter:
    """Return a router of an area's pages.

    Args:
        refuse: Renders the area's refusals.
    """
    route = type("AreaPageRoute", (PageRoute,), {"refuse": staticmethod(refuse)})
    return APIRouter(route_class=route, redirect_slashes=False, include_in_schema=False)


async def _leave_nothing(_error: Exception) -> None:
    """Leave no audit row: a page that failed has shown nothing."""
