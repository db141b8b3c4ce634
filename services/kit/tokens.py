"""Signed tokens: the only module that speaks JOSE.

Access tokens are for partners, internal tokens for one service and one minute. Both are `at+jwt`, ES256 (RFC 9068).
`joserfc.jwt.decode` accepts an expired token: claims are therefore checked here, in one function, for all.
"""

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, KeySetSerialization

from services.kit.logs import log

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105  # a media type, not a password
LEEWAY_S = 5
LARGEST_TOKEN = 8192
CACHE_SECONDS = 60.0
CACHE_ENTRIES = 20_000
REFRESH_PAUSE_S = 30.0
FIRST_PAUSE_S = 1.0
KEPT_S = 300.0
INTERNAL_ISSUER = "indimaj-gateway"
Claims = Mapping[str, Any]


class TokenRefusedError(Exception):
    """A token that is malformed, foreign, expired, or meant for somebody else; says no more on purpose."""


@dataclass(frozen=True, slots=True)
class SigningKey:
    """An ES256 key pair and the name under which its public part is published."""

    kid: str
    key: ECKey

    @classmethod
    def generate(cls) -> "SigningKey":
        """Make a new key pair."""
        kid = secrets.token_urlsafe(12)
        return cls(kid, ECKey.generate_key("P-256", {"kid": kid, "use": "sig", "alg": ALGORITHM}, private=True))

    @classmethod
    def from_pem(cls, kid: str, pem: bytes) -> "SigningKey":
        """Read a key pair from PKCS#8 PEM."""
        return cls(kid, ECKey.import_key(pem, {"kid": kid, "use": "sig", "alg": ALGORITHM}))

    def private_pem(self) -> bytes:
        """Return the private part as PKCS#8 PEM, to be wrapped before it is stored."""
        return self.key.as_pem(private=True)

    def public_jwk(self) -> dict[str, Any]:
        """Return the public part as a JWK."""
        return dict(self.key.as_dict(private=False))


def sign(key: SigningKey, claims: Claims, *, issued_at: datetime, lifetime_s: int) -> str:
    """Return a signed `at+jwt` with `iat`, `exp` and a fresh `jti` added to the claims."""
    issued = int(issued_at.timestamp())
    header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
    body = {**claims, "iat": issued, "exp": issued + lifetime_s, "jti": secrets.token_urlsafe(16)}
    return jwt.encode(header, body, key.key, algorithms=[ALGORITHM])


class KeySource(Protocol):
    """Where public keys come from."""

    async def keys(self, kid: str | None) -> KeySet:
        """Return the keys in force, having looked again when `kid` is not among them."""
        ...


def key_set(jwks: Mapping[str, Any]) -> KeySet:
    """Read a JWKS document."""
    serialised: KeySetSerialization = {"keys": list(jwks["keys"])}
    return KeySet.import_key_set(serialised)


@dataclass(frozen=True, slots=True)
class StaticKeys:
    """Keys that are known beforehand."""

    key_set: KeySet

    async def keys(self, kid: str | None) -> KeySet:  # noqa: ARG002  # the protocol's shape
        """Return the keys."""
        return self.key_set


class FetchedKeys:
    """Keys of a JWKS document, kept between fetches.

    An unknown `kid` fetches again, but at most once in 30 s: else a forged `kid` would be an attack on the issuer.
    Every five minutes one request fetches again in any case, so that a withdrawn key goes out of use.
    When the issuer is out of reach the last keys stay in use.

    Args:
        fetch: Returns the JWKS document.
        clock: Seconds that only grow.
    """

    def __init__(
        self, fetch: Callable[[], Awaitable[Mapping[str, Any]]], *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._fetch, self._clock = fetch, clock
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def keys(self, kid: str | None) -> KeySet:
        """Return the keys in force.

        Raises:
            ConnectionError: There are none yet and the issuer does not answer.
        """
        if not self._has(kid):
            async with self._fetching:  # who waited here finds what the one before has fetched
                if not self._has(kid):
                    await self._fetch_again()
        elif self._clock() - self._fetched_at >= KEPT_S and not self._fetching.locked():
            async with self._fetching:
                await self._fetch_again()
        if self._keys is None:
            raise ConnectionError("the issuer's keys are out of reach")
        return self._keys

    def _has(self, kid: str | None) -> bool:
        return self._keys is not None and (kid is None or any(key.kid == kid for key in self._keys.keys))

    async def _fetch_again(self) -> None:
        if self._clock() - self._tried_at < (FIRST_PAUSE_S if self._keys is None else REFRESH_PAUSE_S):
            return
        try:
            self._keys = key_set(await self._fetch())
            self._fetched_at = self._clock()
        except (OSError, ValueError, KeyError, TypeError, JoseError) as error:
            log.warning("keys_not_fetched", error=type(error).__name__)
        finally:
            self._tried_at = self._clock()


class TokenVerifier:
    """Check tokens of one issuer for one audience, remembering each good one for at most a minute.

    Args:
        source: Where the issuer's public keys come from.
        issuer: The exact `iss` wanted.
        audience: The exact `aud` wanted.
    """

    def __init__(self, source: KeySource, *, issuer: str, audience: str) -> None:
        self._source, self._issuer, self._audience = source, issuer, audience
        self._cache: OrderedDict[bytes, tuple[float, Claims]] = OrderedDict()

    def forget(self) -> None:
        """Drop all remembered tokens, as when a key or a client has been revoked."""
        self._cache.clear()

    async def verify(self, token: str, *, at: datetime) -> Claims:
        """Return the claims of a token that is good now.

        Raises:
            TokenRefusedError: It is not.
            ConnectionError: The keys to say so are out of reach.
        """
        if len(token) > LARGEST_TOKEN or not token.isascii():
            raise TokenRefusedError
        instant = at.timestamp()
        digest = hashlib.sha256(token.encode()).digest()
        remembered = self._cache.get(digest)
        if remembered is not None and instant < remembered[0]:
            self._cache.move_to_end(digest)
            return remembered[1]
        claims = await self._check(token, instant)
        self._cache[digest] = (min(instant + CACHE_SECONDS, float(claims["exp"])), claims)
        if len(self._cache) > CACHE_ENTRIES:
            self._cache.popitem(last=False)
        return claims

    async def _check(self, token: str, instant: float) -> Claims:
        header = _header(token)
        if header.get("alg") != ALGORITHM or header.get("typ") != TOKEN_TYPE or not isinstance(header.get("kid"), str):
            raise TokenRefusedError
        keys = await self._source.keys(header["kid"])
        if not any(key.kid == header["kid"] for key in keys.keys):
            raise TokenRefusedError
        try:
            claims = jwt.decode(token, keys, algorithms=[ALGORITHM]).claims
        except (JoseError, ValueError, TypeError):
            raise TokenRefusedError from None
        if not _in_force(claims, instant) or claims.get("iss") != self._issuer:
            raise TokenRefusedError
        audience = claims.get("aud")
        if audience not in (self._audience, [self._audience]):
            raise TokenRefusedError
        if not all(isinstance(claims.get(name), str) for name in ("sub", "client_id", "jti")):
            raise TokenRefusedError
        return claims


def _header(token: str) -> Mapping[str, Any]:
    try:
        return jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise TokenRefusedError from None


def _in_force(claims: Claims, instant: float) -> bool:
    expires, issued, starts = claims.get("exp"), claims.get("iat"), claims.get("nbf", 0)
    numbers = all(isinstance(value, int | float) and not isinstance(value, bool) for value in (expires, issued, starts))
    return (
        numbers
        and instant < float(expires or 0) + LEEWAY_S
        and float(issued or 0) <= instant + LEEWAY_S
        and float(starts) <= instant + LEEWAY_S
    )
