"""Tell a client what a token of its own organisation is worth now (RFC 7662)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.credentials import check_client_id
from services.gateway.access.domain.errors import MalformedClientIdError
from services.gateway.access.domain.grants import digest_of
from services.gateway.access.domain.records import Client
from services.gateway.access.store import grants
from services.gateway.access.store.clients import find_client
from services.kit.tokens import TokenRefusedError, TokenVerifier

_INACTIVE: Mapping[str, Any] = {"active": False}
_TOLD = ("scope", "client_id", "sub", "aud", "iss", "exp", "iat", "jti", "cnf", "auth_time", "org")


async def introspect_token(
    session: AsyncSession, token: str, *, client: Client, verifier: TokenVerifier, at: datetime
) -> Mapping[str, Any]:
    """Return the members of RFC 7662 section 2.2; of a token of somebody else's only that it is not active.

    Args:
        session: A transaction.
        token: An access token or a refresh token.
        client: Who asks, having proven who it is.
        verifier: Of access tokens.
        at: The instant of the question.
    """
    try:
        claims = await verifier.verify(token, at=at)
    except TokenRefusedError:
        return await _refresh(session, token, client, at)
    issued_to = await _of_same_organisation(session, str(claims["client_id"]), client, at)
    if not issued_to or await grants.is_revoked(session, str(claims["jti"])):
        return _INACTIVE
    kind = "DPoP" if "cnf" in claims else "Bearer"
    return {"active": True, "token_type": kind} | {name: claims[name] for name in _TOLD if name in claims}


async def _refresh(session: AsyncSession, token: str, client: Client, at: datetime) -> Mapping[str, Any]:
    held = await grants.find_refresh(session, digest_of(token))
    if held is None or not held.is_good(at=at):
        return _INACTIVE
    family = held.family
    if not await _of_same_organisation(session, family.client_id, client, at):
        return _INACTIVE
    bound = {} if family.jkt is None else {"cnf": {"jkt": family.jkt}}
    return {
        "active": True,
        "scope": " ".join(sorted(family.scopes)),
        "client_id": family.client_id,
        "sub": str(family.account_id),
        "exp": int(held.expires_at.timestamp()),
        "iat": int(held.issued_at.timestamp()),
        **bound,
    }


async def _of_same_organisation(session: AsyncSession, client_id: str, client: Client, at: datetime) -> bool:
    """Say whether a client is of the organisation of the one that asks, and not stopped."""
    try:
        found = await find_client(session, check_client_id(client_id), at=at)
    except MalformedClientIdError:
        return False
    return found is not None and found.active and found.organisation == client.organisation
