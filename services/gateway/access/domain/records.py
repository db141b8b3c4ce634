"""Who may call, as stored."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


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


@dataclass(frozen=True, slots=True)
class Client:
    """A program that speaks for an organisation.

    Attributes:
        id: The OAuth `client_id`.
        organisation: The organisation's code.
        scopes: The most that a token for it may carry.
        purposes: What its organisation has agreed to ask for personal data for.
        grant_types: OAuth grants that it may use.
        auth_methods: How it may prove who it is at the token endpoint.
        active: False stops it: no new tokens, and its tokens are refused.
        digests: SHA-256 of each secret in force, 32 bytes.
    """

    id: str
    organisation: str
    scopes: frozenset[str]
    purposes: frozenset[str]
    grant_types: frozenset[str]
    auth_methods: frozenset[str]
    active: bool
    digests: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Principal:
    """Whom a good access token stands for."""

    subject: str
    client_id: str
    organisation: str
    scopes: frozenset[str]
    purposes: frozenset[str]
    expires_at: float


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
    """

    kid: str
    use: KeyUse
    state: KeyState
    sealed: bytes
    public_jwk: Mapping[str, Any]
    created_at: datetime


@dataclass(frozen=True, slots=True)
class IssuedClient:
    """A new client with its secret, which is shown this once."""

    client_id: str
    client_secret: str
    organisation: str
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
