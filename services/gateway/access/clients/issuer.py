"""The signing keys of an outside issuer, found by OpenID Connect discovery."""

import ipaddress
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

from services.gateway.access.domain.errors import IssuerRefusedError

_DISCOVERY = "/.well-known/openid-configuration"
Fetch = Callable[[str], Awaitable[Mapping[str, Any]]]


class OutsideIssuer:
    """One issuer, pinned by its name; its documents are fetched by https alone.

    Args:
        issuer: Its `iss`, exactly.
        fetch: Returns the JSON object at a URL.
        loopback: Whether http to this machine is let through too, as in tests and on a developer's machine.

    Raises:
        IssuerRefusedError: The issuer itself is not one to be fetched from.
    """

    def __init__(self, issuer: str, *, fetch: Fetch, loopback: bool = False) -> None:
        self._issuer, self._fetch, self._loopback = issuer, fetch, loopback
        self._check(issuer)

    async def keys(self) -> Mapping[str, Any]:
        """Return its JWKS, without keys that are not for signatures that we take.

        Only what the discovery document of the pinned issuer names is fetched: never what a token's header names.

        Raises:
            ConnectionError: It is out of reach, or speaks for another issuer.
        """
        document = await self._fetch(self._issuer.rstrip("/") + _DISCOVERY)
        if document.get("issuer") != self._issuer:
            raise ConnectionError("the discovery document is another issuer's")
        place = document.get("jwks_uri")
        try:
            self._check(place)
        except IssuerRefusedError as error:
            raise ConnectionError(str(error)) from None
        jwks = await self._fetch(str(place))
        return {"keys": [key for key in jwks.get("keys", []) if _signs(key)]}

    def _check(self, url: object) -> None:
        parts = urlsplit(url if isinstance(url, str) else "")
        near = self._loopback and parts.scheme == "http" and _is_loopback(parts.hostname or "")
        if not parts.hostname or not (parts.scheme == "https" or near):
            raise IssuerRefusedError("an issuer's documents come by https")


def _signs(key: object) -> bool:
    if not isinstance(key, dict) or key.get("kty") not in {"EC", "RSA"} or not isinstance(key.get("kid"), str):
        return False
    if key["kty"] == "EC" and key.get("crv") != "P-256":
        return False
    return key.get("use", "sig") == "sig" and "d" not in key and "k" not in key


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
