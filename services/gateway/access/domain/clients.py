"""What a client may be: ways of proving itself, grants, redirects and keys that fit together.

Source: RFC 6749, RFC 7591, RFC 8252, RFC 9700; which of them we take: design, docs/agreements.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from services.gateway.access.domain.errors import ClientUnfitError
from services.gateway.access.domain.exchanges import AUTH_METHODS, GRANT_TYPES, SECRET_METHODS

ADMINISTRATION = "partners:admin"
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})
_PUBLIC_KEY = frozenset({"kty", "crv", "x", "y", "kid", "use", "alg", "key_ops"})


@dataclass(frozen=True, slots=True)
class ClientDraft:
    """What is to be said of a client.

    Attributes:
        name: For people.
        scopes: The most that a token for it may carry.
        auth_method: How it proves itself at the token endpoint.
        grant_types: OAuth grants that it may use.
        redirect_uris: Where codes may be sent.
        jwks: Its public keys, for `private_key_jwt`.
        dpop_required: Whether its tokens are always bound to a key of its own.
        application_type: `service`, `web` or `native`.
        serves_persons: Whether it acts for one person at a time, whom every call about persons then names.
    """

    name: str
    scopes: frozenset[str]
    auth_method: str
    grant_types: frozenset[str]
    redirect_uris: frozenset[str] = frozenset()
    jwks: tuple[Mapping[str, Any], ...] = ()
    dpop_required: bool = False
    application_type: str = "service"
    serves_persons: bool = False

    @property
    def has_secret(self) -> bool:
        """Say whether it proves itself by a secret."""
        return self.auth_method in SECRET_METHODS


@dataclass(frozen=True, slots=True)
class PartnerClient:
    """A client as its partner administers it.

    Attributes:
        active: Whether it may be used, its organisation allowing.
        secrets: When each secret in force was made, and when it ends, if it does.
    """

    id: str
    organisation_id: UUID
    draft: ClientDraft
    active: bool
    version: int
    created_at: datetime
    secrets: tuple[tuple[datetime, datetime | None], ...] = ()


def check_client(draft: ClientDraft) -> ClientDraft:
    """Return a client whose parts fit together.

    Raises:
        ClientUnfitError: With a pointer to the part that does not.
    """
    if draft.auth_method not in AUTH_METHODS:
        raise ClientUnfitError("/token_endpoint_auth_method", "auth_method_unknown")
    _check_grants(draft)
    _check_redirects(draft)
    if (draft.auth_method == "private_key_jwt") != bool(draft.jwks):
        raise ClientUnfitError("/jwks", "keys_with_private_key_jwt_only")
    if not all(_is_public_key(key) for key in draft.jwks):
        raise ClientUnfitError("/jwks", "public_p256_keys_only")
    return draft


def takes_over(new: ClientDraft, old: ClientDraft) -> bool:
    """Say whether a change puts a client into other hands: what it proves itself with, or where its codes go."""
    return (new.auth_method, new.jwks, new.redirect_uris) != (old.auth_method, old.jwks, old.redirect_uris)


def sees_more(new: ClientDraft, old: ClientDraft) -> bool:
    """Say whether a change lets a client look beyond the one person whom it acts for."""
    return old.serves_persons and not new.serves_persons


def _check_grants(draft: ClientDraft) -> None:
    if not draft.grant_types or not draft.grant_types <= set(GRANT_TYPES):
        raise ClientUnfitError("/grant_types", "grant_type_unknown")
    if draft.auth_method == "none" and "client_credentials" in draft.grant_types:
        raise ClientUnfitError("/grant_types", "nobody_proves_anything")
    if "refresh_token" in draft.grant_types and "authorization_code" not in draft.grant_types:
        raise ClientUnfitError("/grant_types", "refresh_without_code")


def _check_redirects(draft: ClientDraft) -> None:
    if ("authorization_code" in draft.grant_types) != bool(draft.redirect_uris):
        raise ClientUnfitError("/redirect_uris", "redirect_uris_with_code_only")
    if (draft.auth_method == "none") != (draft.application_type == "native"):
        raise ClientUnfitError("/application_type", "native_without_secret")
    for uri in draft.redirect_uris:
        if not _is_redirect(uri, native=draft.application_type == "native"):
            raise ClientUnfitError("/redirect_uris", "redirect_uri_unfit")


def _is_redirect(uri: str, *, native: bool) -> bool:
    """Say whether codes may be sent there: https, or the application's own device (RFC 8252 section 7)."""
    try:
        parts = urlsplit(uri)
        host = parts.hostname
    except ValueError:
        return False
    if "#" in uri or parts.username is not None or not uri.isascii() or not uri.isprintable():
        return False
    if parts.scheme == "https":
        return bool(host)
    if parts.scheme == "http":
        return host in _LOOPBACK
    return native and "." in parts.scheme


def _is_public_key(key: Mapping[str, Any]) -> bool:
    """Say whether a key is one that ES256 is verified with, and holds nothing private."""
    coordinates = all(isinstance(key.get(part), str) and len(key[part]) == 43 for part in ("x", "y"))  # noqa: PLR2004  # 32 bytes in base64url
    return key.get("kty") == "EC" and key.get("crv") == "P-256" and coordinates and key.keys() <= _PUBLIC_KEY
