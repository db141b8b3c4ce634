"""Limits where nobody has proven yet who she is: by what the call names, and by where it comes from."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from ipaddress import IPv4Network, IPv6Address, IPv6Network, ip_address

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Scope

from services.gateway.forwarding.api.limits import Limits
from services.gateway.forwarding.domain.errors import LimitedError
from services.gateway.forwarding.domain.headers import Headers
from services.gateway.forwarding.reference.limits import class_named

Network = IPv4Network | IPv6Network
LINES = "limit_lines"
"""Where, in the state of a request to the gateway itself, the data plane looks for header lines for the answer."""

_HOME_BITS = 64
"""Of an IPv6 address: the rest is the subscriber's own to choose."""

_LONGEST_NAME = 200
_LONGEST_CHAIN = 2000


class Addresses:
    """Says where a call comes from, in a form that can be stored: keyed, so that the table of limits names nobody.

    Args:
        trusted: Networks of the proxies whose X-Forwarded-For is believed.
        key: Of the hash.
    """

    def __init__(self, trusted: Sequence[Network], key: bytes) -> None:
        self._trusted, self._key = tuple(trusted), key[:64]

    def of(self, scope: Scope) -> str:
        """Return the hash of the caller's network address, 32 hexadecimal characters."""
        address = self.written(scope).encode("utf-8", "replace")
        return hashlib.blake2b(address, key=self._key, digest_size=16).hexdigest()

    def written(self, scope: Scope) -> str:
        """Return the caller's network address as people write it; of IPv6, the subscriber's part."""
        peer = scope.get("client")
        found = str(peer[0]) if peer else ""
        for named in reversed(self._chain(scope) if self._trusted else []):
            if not self._believes(found):
                break
            found = named
        return _home(found)

    def _chain(self, scope: Scope) -> Sequence[str]:
        """Return the addresses of X-Forwarded-For, the nearest last."""
        told = b",".join(value for name, value in scope["headers"] if name == b"x-forwarded-for")
        return [part.strip() for part in told[-_LONGEST_CHAIN:].decode("latin-1").split(",") if part.strip()]

    def _believes(self, address: str) -> bool:
        try:
            parsed = ip_address(address)
        except ValueError:
            return False
        return any(parsed in network for network in self._trusted)


class TokenLimits:
    """Counts calls for tokens and sign-ins before anything else is looked at; implements `ports.TokenLimits`.

    Args:
        limits: The counters.
        addresses: Says where a call comes from.
    """

    def __init__(self, limits: Limits, addresses: Addresses) -> None:
        self._limits, self._addresses = limits, addresses

    async def refusal(self, request: Request, client_id: str | None, at: datetime) -> Response | None:
        """Count a call for a token; return the answer where it is one too many. See `ports.TokenLimits`."""
        address = self._addresses.of(request.scope)
        try:
            lines = await self._limits.count(class_named("token-address"), address, at)
            if client_id:
                # by address too: nobody uses up a partner's limit from elsewhere by naming its client
                lines = await self._limits.count(class_named("token"), f"{_short(client_id)} {address}", at)
        except LimitedError as limited:
            body = {
                "error": "temporarily_unavailable",
                "error_description": "Too many requests; wait as many seconds as Retry-After says.",
            }
            headers = {"cache-control": "no-store", "pragma": "no-cache", **limited.headers}
            return Response(orjson.dumps(body), 429, headers, media_type="application/json")
        _note(request, lines)
        return None

    async def sign_in(self, request: Request, account: str | None, at: datetime) -> int | None:
        """Count a try to sign in; return the seconds to wait where it is one too many. See `ports.TokenLimits`."""
        try:
            lines = await self._limits.count(class_named("sign-in-address"), self._addresses.of(request.scope), at)
            if account:
                lines = await self._limits.count(class_named("sign-in"), _short(account), at)
        except LimitedError as limited:
            _note(request, limited.lines)
            return limited.retry_after_s
        _note(request, lines)
        return None


def _note(request: Request, lines: Sequence[tuple[bytes, bytes]]) -> None:
    """Leave header lines where the data plane finds them."""
    noted: Headers = request.scope.setdefault("state", {}).setdefault(LINES, [])
    noted[:] = lines


def _home(address: str) -> str:
    """Return an address as it is counted: IPv6 by its subscriber."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if isinstance(parsed, IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(IPv6Network((parsed, _HOME_BITS), strict=False).network_address)
    return str(parsed)


def _short(name: str) -> str:
    """Return a name that fits into a key, whatever was sent; two that differ stay different."""
    raw = name.encode("utf-8", "surrogatepass")
    if len(raw) <= _LONGEST_NAME and name.isprintable():
        return name
    return hashlib.blake2b(raw, digest_size=16).hexdigest()
