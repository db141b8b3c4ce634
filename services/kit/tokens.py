"""Signed tokens: the only module that speaks JOSE.

Access tokens are for partners, internal tokens for one service and one minute. Both are `at+jwt`, ES256 (RFC 9068).
`joserfc.jwt.decode` accepts an expired token: claims are therefore checked here, in one function, for all.
"""

import asyncio
import hashlib
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, KeySetSerialization

from services.kit.logs import log

ALGORITHM = "ES256"
TOKEN_TYPE = "at+jwt"  # noqa: S105  # a media type, not a password
PROOF_TYPE = "dpop+jwt"
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
    """Return a signed `at+jwt`: the claims with `iat`, `exp` and, where they have none, a fresh `jti`."""
    issued = int(issued_at.timestamp())
    header = {"alg": ALGORITHM, "typ": TOKEN_TYPE, "kid": key.kid}
    body = {"jti": secrets.token_urlsafe(16), **claims, "iat": issued, "exp": issued + lifetime_s}
    return jwt.encode(header, body, key.key, algorithms=[ALGORITHM])


def read_signed(token: str, jwks: Iterable[Mapping[str, Any]], *, types: Collection[str | None]) -> Claims:
    """Return the claims of an ES256 token that one of somebody's own keys has signed; they are the caller's to check.

    Args:
        token: Compact.
        jwks: The public keys that may have signed it; all are tried where the token names none.
        types: The `typ` headers allowed; None allows a token without one.

    Raises:
        TokenRefusedError: None of the keys has signed it.
    """
    header = _header(token, [ALGORITHM], types)
    for jwk in jwks:
        if header.get("kid") in (None, jwk.get("kid")):
            try:
                return _claims(token, _public_key(jwk), [ALGORITHM])
            except TokenRefusedError:
                continue
    raise TokenRefusedError


def read_proof(proof: str) -> tuple[Claims, str]:
    """Return the claims of a DPoP proof (RFC 9449), for the caller to check, and the thumbprint of the key in it.

    Raises:
        TokenRefusedError: It is not signed by that key, or the key is private or not on P-256.
    """
    jwk = _header(proof, [ALGORITHM], [PROOF_TYPE]).get("jwk")
    if not isinstance(jwk, dict) or "d" in jwk:
        raise TokenRefusedError
    key = _public_key(jwk)
    return _claims(proof, key, [ALGORITHM]), key.thumbprint()


class KeySource(Protocol):
    """Where public keys come from."""

    async def keys(self, kid: str | None) -> KeySet:
        """Return the keys in force, having looked again when `kid` is not among them."""
        ...


def key_set(jwks: Mapping[str, Any]) -> KeySet:
    """Read a JWKS document."""
    return KeySet.import_key_set(KeySetSerialization(keys=list(jwks["keys"])))


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
    Every `kept_s` one request fetches again in any case, so that a withdrawn key goes out of use.
    When the issuer is out of reach the last keys stay in use, for `stale_s` at most.

    Args:
        fetch: Returns the JWKS document.
        clock: Seconds that only grow.
        kept_s: Seconds; five minutes for the gateway's own.
        stale_s: Seconds; without end for the gateway's own.
    """

    def __init__(
        self,
        fetch: Callable[[], Awaitable[Mapping[str, Any]]],
        *,
        clock: Callable[[], float] = time.monotonic,
        kept_s: float = KEPT_S,
        stale_s: float = float("inf"),
    ) -> None:
        self._fetch, self._clock, self._kept_s, self._stale_s = fetch, clock, kept_s, stale_s
        self._keys: KeySet | None = None
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching = asyncio.Lock()

    async def keys(self, kid: str | None) -> KeySet:
        """Return the keys in force.

        Raises:
            ConnectionError: There are none, or only stale ones, and the issuer does not answer.
        """
        if not self._has(kid):
            async with self._fetching:  # who waited here finds what the one before has fetched
                if not self._has(kid):
                    await self._fetch_again()
        elif self._clock() - self._fetched_at >= self._kept_s and not self._fetching.locked():
            async with self._fetching:
                await self._fetch_again()
        if self._keys is None or self._clock() - self._fetched_at > self._stale_s:
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
        algorithms: Signatures taken; asymmetric ones only.
        types: The `typ` headers taken.
        required: Claims that must be there, as text.
        shared: Whether a token may be for others too: another issuer's often is.
    """

    def __init__(
        self,
        source: KeySource,
        *,
        issuer: str,
        audience: str,
        algorithms: Collection[str] = (ALGORITHM,),
        types: Collection[str] = (TOKEN_TYPE,),
        required: Collection[str] = ("sub", "client_id", "jti"),
        shared: bool = False,
    ) -> None:
        self._source, self._issuer, self._audience, self._shared = source, issuer, audience, shared
        self._algorithms, self._types, self._required = list(algorithms), list(types), tuple(required)
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
        instant = at.timestamp()
        digest = hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()
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
        kid = _header(token, self._algorithms, self._types).get("kid")
        if not isinstance(kid, str):
            raise TokenRefusedError
        keys = await self._source.keys(kid)
        if not any(key.kid == kid for key in keys.keys):
            raise TokenRefusedError
        claims = _claims(token, keys, self._algorithms)
        if not _in_force(claims, instant) or claims.get("iss") != self._issuer:
            raise TokenRefusedError
        audience = claims.get("aud")
        others = self._shared and isinstance(audience, list) and self._audience in audience
        if audience not in (self._audience, [self._audience]) and not others:
            raise TokenRefusedError
        if not all(isinstance(claims.get(name), str) for name in self._required):
            raise TokenRefusedError
        return claims


def _header(token: str, algorithms: Collection[str], types: Collection[str | None]) -> Mapping[str, Any]:
    if len(token) > LARGEST_TOKEN or not token.isascii():
        raise TokenRefusedError
    try:
        header = jws.extract_compact(token.encode()).headers()
    except (JoseError, ValueError, TypeError):
        raise TokenRefusedError from None
    if header.get("alg") not in algorithms or header.get("typ") not in types:
        raise TokenRefusedError
    return header


def _public_key(jwk: Mapping[str, Any]) -> ECKey:
    """Read the public part of a P-256 key, and nothing else of what was sent."""
    try:
        if jwk["kty"] != "EC" or jwk["crv"] != "P-256":
            raise TokenRefusedError
        return ECKey.import_key({"kty": "EC", "crv": "P-256", "x": jwk["x"], "y": jwk["y"]})
    except (JoseError, ValueError, TypeError, KeyError):
        raise TokenRefusedError from None


def _claims(token: str, key: ECKey | KeySet, algorithms: list[str]) -> Claims:
    try:
        return jwt.decode(token, key, algorithms=algorithms).claims
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
