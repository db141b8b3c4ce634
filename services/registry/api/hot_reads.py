"""The short way for the read that is asked most: token, one statement, bytes.

Whatever is unusual about a request, a parameter, a condition, a refusal, goes the long way through the route as it
stands; the short way only ever gives the answer that the long one would. What it saves is FastAPI's solving of
dependencies, two thirds of the time of such a read. What an agreement holds back costs only those it restricts.
"""

from collections.abc import Callable
from inspect import isawaitable
from typing import Any
from uuid import UUID

from fastapi import Request, Response

from services.kit import audit, clock, problems
from services.kit.callers import Caller, bearer, caller_from, resource_of
from services.kit.database import Database
from services.kit.problems import Problem
from services.kit.routes import StrictRoute
from services.kit.tokens import TokenRefusedError, TokenVerifier
from services.registry.api.dependencies import answer
from services.registry.domain.errors import PersonNotFoundError
from services.registry.store import reading
from services.registry.store.walls import Sight

SCOPE = "persons:read"
RESOURCE = resource_of(SCOPE)
NOBODY = f"refused:{problems.NOT_FOUND.slug}"
_UNUSUAL = frozenset({b"if-none-match", b"idempotency-key"})


class PersonRoute(StrictRoute):
    """The route that reads one person."""

    def get_route_handler(self) -> Callable[[Request], Any]:
        """Return the handler: the short way where it leads, else the long one."""
        long_way = super().get_route_handler()

        async def handler(request: Request) -> Response:
            person_id, caller = _person_id(request), await _caller(request)
            if person_id is None or caller is None:
                return await long_way(request)
            state, share = request.state, caller.share_of(RESOURCE)
            state.fields = share and share.fields
            trail = audit.Trail(self.unique_id, state.request_id, request.app.state.pseudonyms, caller)
            return self.show(request, await read_stored(request, person_id, caller, trail))

        return handler


async def read_stored(request: Request, person_id: UUID, caller: Caller, trail: audit.Trail) -> Response:
    """Answer with a person as she is known now; the audit row is written in the statement that reads her.

    Raises:
        PersonNotFoundError: There is no such person among those open to the caller; the trail says so.
    """
    trail.about(person_id)
    database: Database = request.app.state.database
    today = await _provided(request, clock.read_today)
    sight = Sight(caller.viewer, caller.rows_of(RESOURCE))
    pool = await database.pool()
    stored = await reading.person_audited(pool, person_id, today, trail.values(), refused=NOBODY, sight=sight)
    trail.written = True
    if stored is None:
        raise PersonNotFoundError
    return answer(stored)


def _person_id(request: Request) -> UUID | None:
    """Return whom a request asks for, or None when it is unusual."""
    if request.scope["query_string"] or any(name in _UNUSUAL for name, _ in request.scope["headers"]):
        return None
    try:
        return UUID(request.path_params["person_id"])
    except ValueError:
        return None


async def _caller(request: Request) -> Caller | None:
    """Return the caller when she may read persons; None when the long way has to say why not."""
    verifier: TokenVerifier = request.app.state.verifier
    try:
        claims = await verifier.verify(
            bearer(request.headers.get("authorization")), at=await _provided(request, clock.read_now)
        )
    except (TokenRefusedError, ConnectionError, Problem):
        return None
    caller = caller_from(claims)
    agreed = caller.purpose is not None and caller.share_of(RESOURCE) is not None
    return caller if agreed and caller.may(SCOPE) else None


async def _provided(request: Request, provider: Callable[[], Any]) -> Any:
    """Return what a dependency of the kit's clock gives, honouring what a test puts in its place."""
    given = request.app.dependency_overrides.get(provider, provider)()
    return await given if isawaitable(given) else given
