"""Codes, refresh tokens and the families they make, and when each of them is still good.

A *family* is everything that came of one sign-in: the code, each refresh token in its turn, and the access tokens given
for them. Whatever is used a second time ends the whole family: the thief's part and the owner's cannot be told apart.
Source: RFC 6749, RFC 7636, RFC 9449, RFC 9700 sections 2.1, 2.2 and 4.14.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

ACCESS_LIFETIME = timedelta(minutes=5)
CODE_LIFETIME = timedelta(seconds=60)
FAMILY_LIFETIME = timedelta(days=30)
"""After so long the person signs in again, however busy she was."""

IDLE_LIFETIME = timedelta(days=7)
"""After so long without a refresh the person signs in again."""

PROMPTS = frozenset({"none", "login", "consent"})
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_THUMBPRINT = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True, slots=True)
class AuthorisationRequest:
    """What a client asks a person for, checked against what is stored of the client.

    Attributes:
        scopes: Asked for, and not more than the client's.
        state: The client's own, given back to it as it came.
        code_challenge: S256 (RFC 7636).
        dpop_jkt: Thumbprint of the key that the code is bound to (RFC 9449 section 10).
        prompt: `none`, `login`, `consent` or nothing.
    """

    client_id: str
    client_name: str
    organisation: str
    redirect_uri: str
    scopes: frozenset[str]
    state: str | None
    code_challenge: str
    nonce: str | None
    dpop_jkt: str | None
    prompt: str | None


@dataclass(frozen=True, slots=True)
class Family:
    """What one sign-in has given.

    Attributes:
        scopes: What the person agreed to.
        jkt: Thumbprint of the key that its refresh tokens are bound to: always that of a public client that uses DPoP.
    """

    id: UUID
    client_id: str
    account_id: UUID
    scopes: frozenset[str]
    jkt: str | None
    authenticated_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class StoredCode:
    """An authorization code; what it will begin is `family`.

    Attributes:
        family: The family to be; its `jkt` is what the code is bound to.
    """

    digest: bytes
    family: Family
    redirect_uri: str
    code_challenge: str
    expires_at: datetime
    used_at: datetime | None

    def is_good(self, *, at: datetime) -> bool:
        """Say whether it may be redeemed."""
        return self.used_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True)
class StoredRefresh:
    """A refresh token."""

    digest: bytes
    family: Family
    issued_at: datetime
    expires_at: datetime
    used_at: datetime | None

    def is_good(self, *, at: datetime) -> bool:
        """Say whether it may be used: never used, not idle too long, its family neither ended nor too old."""
        fresh = self.used_at is None and at < self.expires_at
        return fresh and self.family.revoked_at is None and at < self.family.expires_at


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """What an access token is to say.

    Attributes:
        subject: The client, or the account's UUID.
        jkt: Thumbprint of the key that the token is bound to.
        authenticated_at: When the person signed in; None for a machine.
    """

    subject: str
    client_id: str
    organisation: str
    scope: str
    jti: str
    jkt: str | None = None
    authenticated_at: datetime | None = None


def digest_of(value: str) -> bytes:
    """Return under what a code or refresh token (256 random bits) is stored: its SHA-256, 32 bytes."""
    return hashlib.sha256(value.encode("utf-8", "surrogatepass")).digest()


def is_challenge(value: str) -> bool:
    """Say whether a value can be an S256 challenge: 32 bytes in base64url."""
    return _CHALLENGE.fullmatch(value) is not None


def is_thumbprint(value: str) -> bool:
    """Say whether a value can be the SHA-256 thumbprint of a key."""
    return _THUMBPRINT.fullmatch(value) is not None


def end_of_refresh(family: Family, *, at: datetime) -> datetime:
    """Return when a refresh token given now goes out of use if nobody uses it."""
    return min(at + IDLE_LIFETIME, family.expires_at)
