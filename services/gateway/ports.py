"""What the areas need of one another; `assembly` and `app.py` hand it to them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Request
from starlette.responses import Response

from services.kit import problems
from services.kit.callers import Caller
from services.kit.problems import Problem

_PASSED = frozenset(
    {
        "cache-control",
        "content-language",
        "content-type",
        "etag",
        "idempotent-replayed",
        "link",
        "location",
        "retry-after",
        "vary",
    }
)
_UNAUTHORISED = 401


class Reply(Protocol):
    """A whole answer of a service; header names in lower case."""

    @property
    def status(self) -> int:
        """HTTP status."""
        ...

    @property
    def headers(self) -> Sequence[tuple[bytes, bytes]]:
        """Header lines."""
        ...

    @property
    def body(self) -> bytes:
        """The bytes as they came."""
        ...


class Services(Protocol):
    """Speaks to the services on behalf of a caller."""

    async def ask(
        self,
        service: str,
        method: str,
        target: str,
        *,
        caller: Caller,
        scopes: frozenset[str],
        request_id: str,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        deadline_s: float = 10.0,
    ) -> Reply:
        """Return a service's answer.

        Args:
            service: Name of the service.
            method: Upper case.
            target: Path and query, ASCII, escaped where needed.
            caller: For whom; the service sees her, her organisation and her purpose.
            scopes: What the service is to allow for this one call.
            request_id: Ties the log lines together.
            headers: Further headers.
            body: The whole body, if any.
            deadline_s: Seconds until the head of the answer must be here.

        Raises:
            ConnectionError: The service is out of reach, too slow, or does not speak HTTP.
        """
        ...


async def _services(request: Request) -> Services:
    services: Services = request.app.state.services
    return services


Spoken = Annotated[Services, Depends(_services)]


class TokenLimits(Protocol):
    """Strict limits on calls that prove who they are: to be asked before any secret, token or password is looked at."""

    async def refusal(self, request: Request, client_id: str | None, at: datetime) -> Response | None:
        """Count a call for a token, an introspection or a revocation.

        Args:
            request: The call; its peer's address counts too.
            client_id: The client that it names, unproven; None where it names none.
            at: The instant of the call.

        Returns:
            None where it may go on; else the whole answer: 429 in the shape of OAuth's errors, with `Retry-After`.
        """
        ...

    async def sign_in(self, request: Request, account: str | None, at: datetime) -> int | None:
        """Count a try to sign in: a password, a second factor, a passkey.

        Args:
            request: The call; its peer's address counts too.
            account: The account that it names, unproven; None where it names none.
            at: The instant of the call.

        Returns:
            None where it may go on; else the seconds to wait: answer 429 with `Retry-After`.
        """
        ...


async def _token_limits(request: Request) -> TokenLimits:
    limits: TokenLimits = request.app.state.token_limits
    return limits


TokenLimited = Annotated[TokenLimits, Depends(_token_limits)]


def answer_of(reply: Reply) -> Response:
    """Return a service's answer as the gateway's own, byte for byte.

    Raises:
        Problem: 503 where the service refused the gateway's token: the caller's is good.
    """
    if reply.status == _UNAUTHORISED:
        raise Problem(problems.UNAVAILABLE, headers={"retry-after": "1"})
    response = Response(reply.body, reply.status)
    for name, value in reply.headers:
        if name.decode("latin-1") in _PASSED:
            response.headers[name.decode("latin-1")] = value.decode("latin-1")
    return response
