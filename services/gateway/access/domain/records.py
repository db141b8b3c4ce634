"""Who may call, as stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from services.gateway.access.domain.agreements import Agreement, Given, Lapsed, given, lapsed
from services.gateway.access.domain.approvals import Actor


class KeyUse(StrEnum):
    """What a key signs. The two are published apart: a service must never take a partner's token, nor the reverse."""

    ACCESS = "access"
    INTERNAL = "internal"


class KeyState(StrEnum):
    """Where a key stands: published before use, in use, or kept until its last token has expired."""

    NEXT = "next"
    CURRENT = "current"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A partner."""

    id: UUID
    code: str
    name: str
    kind: str
    active: bool
    version: int = 1


@dataclass(frozen=True, slots=True)
class Client:
    """A program that speaks for an organisation.

    Attributes:
        id: The OAuth `client_id`.
        organisation: The organisation's code.
        scopes: The most that a token for it may carry.
        grant_types: OAuth grants that it may use.
        auth_methods: How it may prove who it is at the token endpoint.
        active: False stops it: no new tokens, and its tokens are refused.
        digests: SHA-256 of each secret in force, 32 bytes.
        name: For people, as on the page that asks for consent.
        redirect_uris: Where codes may be sent, compared character by character.
        jwks: Its public keys, for `private_key_jwt`; the members of a JWK set's `keys`.
        dpop_required: Its tokens are always bound to a key of its own (RFC 9449).
        application_type: `service` (a machine), `web` (a back end that people sign in through) or `native` (an
            application on a device: it keeps no secret and proves itself by PKCE alone, method `none`).
        serves_persons: Whether it acts for one person at a time, whom every call about persons then names.
    """

    id: str
    organisation: str
    scopes: frozenset[str]
    grant_types: frozenset[str]
    auth_methods: frozenset[str]
    active: bool
    digests: tuple[bytes, ...] = ()
    name: str = ""
    redirect_uris: frozenset[str] = frozenset()
    jwks: tuple[Mapping[str, Any], ...] = ()
    dpop_required: bool = False
    application_type: str = "service"
    serves_persons: bool = False


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a good access token stands for.

    Attributes:
        agreements: Those of the organisation that are approved, ended ones among them; which of them gives what is a
            question of the day.
        confirmation: Thumbprint of the key that the token is bound to (RFC 9449); None for a bearer token.
        purposes: What the token narrows the agreements to; None where it does not.
        serves_persons: Whether its client acts for one person at a time.
    """

    subject: str
    client_id: str
    organisation: str
    scopes: frozenset[str]
    agreements: tuple[Agreement, ...]
    expires_at: float
    confirmation: str | None = None
    purposes: frozenset[str] | None = None
    serves_persons: bool = False

    def given(self, purpose: str, on: date) -> Mapping[str, Given]:
        """Return what the agreements in force on a day give for a purpose, by scope."""
        if self.purposes is not None and purpose not in self.purposes:
            return {}
        return given(self.agreements, purpose, on)

    def lapsed(self, purpose: str, on: date) -> Lapsed | None:
        """Return the agreement that gave a purpose until last."""
        return lapsed(self.agreements, purpose, on)


@dataclass(frozen=True, slots=True)
class Represented:
    """For whom the gateway speaks to a service."""

    subject: str
    client_id: str
    organisation: str


@dataclass(frozen=True, slots=True)
class StoredKey:
    """A signing key as it lies in the database.

    Attributes:
        sealed: Nonce and AES-256-GCM ciphertext of the private part.
        public_jwk: The public part, as published.
        activated_at: When it began to sign.
        retired_at: When it ceased to.
    """

    kid: str
    use: KeyUse
    state: KeyState
    sealed: bytes
    public_jwk: Mapping[str, Any]
    created_at: datetime
    activated_at: datetime | None = None
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class IssuedClient:
    """A new client with its secret, which is shown this once."""

    client_id: str
    client_secret: str
    organisation: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RightsChange:
    """What was done to an organisation, a client or an agreement.

    Attributes:
        kind: Such as `agreement_narrowed`.
        target: The id of what was changed.
        version: The version that it had then.
        document: What it said then.
    """

    id: UUID
    kind: str
    target: str
    version: int
    at: datetime
    by: Actor
    document: Mapping[str, Any]
