"""Read what a client asks a person for, and say where a refusal may be sent."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.credentials import check_client_id
from services.gateway.access.domain.errors import AuthorisationRefusedError, MalformedClientIdError
from services.gateway.access.domain.grants import PROMPTS, AuthorisationRequest, is_challenge, is_thumbprint
from services.gateway.access.domain.records import Client
from services.gateway.access.domain.scopes import granted
from services.gateway.access.store.clients import find_client

_LONGEST = 512


async def read_authorisation_request(
    session: AsyncSession, query: Mapping[str, str], *, at: datetime
) -> AuthorisationRequest:
    """Return the request, checked.

    Client and address are looked at first: as long as either is in doubt, nothing is sent anywhere (RFC 9700 4.11).
    PKCE by S256 is asked of every client.

    Args:
        session: A transaction.
        query: Each parameter once; the caller refuses one that comes twice.
        at: The instant of the request.

    Raises:
        AuthorisationRefusedError: Without an address where only the person may be told.
    """
    client = await _client(session, query.get("client_id", ""), at)
    redirect_uri = query.get("redirect_uri", "")
    if client is None or not client.active or redirect_uri not in client.redirect_uris:
        raise AuthorisationRefusedError("invalid_client" if client is None else "invalid_request")
    state = query.get("state")
    error = _error(query, client)
    if error is not None:
        raise AuthorisationRefusedError(error, redirect_uri, state if len(state or "") <= _LONGEST else None)
    return AuthorisationRequest(
        client_id=client.id,
        client_name=client.name,
        organisation=client.organisation,
        redirect_uri=redirect_uri,
        scopes=granted(client, query.get("scope")) or frozenset(),
        state=state,
        code_challenge=query["code_challenge"],
        nonce=query.get("nonce"),
        dpop_jkt=query.get("dpop_jkt"),
        prompt=query.get("prompt"),
    )


async def _client(session: AsyncSession, client_id: str, at: datetime) -> Client | None:
    try:
        return await find_client(session, check_client_id(client_id), at=at)
    except MalformedClientIdError:
        return None


def _error(query: Mapping[str, str], client: Client) -> str | None:  # noqa: PLR0911  # one line for each refusal
    """Return what is wrong, in the words of RFC 6749 section 4.1.2.1 and OpenID Connect Core 3.1.2.6."""
    if "request" in query:
        return "request_not_supported"
    if "request_uri" in query:
        return "request_uri_not_supported"
    if query.get("response_type") is None or query.get("response_mode", "query") != "query":
        return "invalid_request"
    if query["response_type"] != "code":
        return "unsupported_response_type"
    if "authorization_code" not in client.grant_types:
        return "unauthorized_client"
    if query.get("code_challenge_method") != "S256" or not is_challenge(query.get("code_challenge", "")):
        return "invalid_request"
    if not is_thumbprint(query.get("dpop_jkt", "x" * 43)) or query.get("prompt", "login") not in PROMPTS:
        return "invalid_request"
    if any(len(query.get(name, "")) > _LONGEST for name in ("state", "nonce")):
        return "invalid_request"
    return None if granted(client, query.get("scope")) else "invalid_scope"
