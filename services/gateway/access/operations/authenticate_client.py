"""Say which client speaks, by the one proof that it offers; on Authlib's core, with signed assertions of our own."""

import logging
from datetime import datetime

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]  # no stubs
    ClientAuthentication,
    ClientMixin,
    OAuth2Error,
    OAuth2Request,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]  # the same
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.assertions import check_assertion, digest_of_use
from services.gateway.access.domain.credentials import check_client_id, matches
from services.gateway.access.domain.errors import AssertionRefusedError, ClientRefusedError, MalformedClientIdError
from services.gateway.access.domain.exchanges import TokenRequest, offered
from services.gateway.access.domain.records import Client
from services.gateway.access.store import grants
from services.gateway.access.store.clients import find_client
from services.kit.tokens import TokenRefusedError, read_signed

_ENDPOINT = "https://gateway.invalid/oauth2/token"  # Authlib insists on https; encryption ends before this process
_ASSERTION_TYPES = (None, "JWT", "client-authentication+jwt")

logging.getLogger("authlib").setLevel(logging.WARNING)  # its debug lines hold whole tokens


async def authenticate_client(
    session: AsyncSession, request: TokenRequest, *, issuer: str, at: datetime, public: bool = False
) -> Client:
    """Return the client that proves who it is; an unknown one fails exactly like a wrong secret.

    A signed assertion is used up in the same transaction.

    Args:
        session: The transaction; the caller commits it also when something else is refused afterwards.
        request: Names the client and holds its proof.
        issuer: The only audience that an assertion may have.
        at: The instant of the request.
        public: Whether a client without a secret is let through by its name alone.

    Raises:
        ClientRefusedError: It does not, or offers several proofs at once.
    """
    method, name = offered(request)
    try:
        client = await find_client(session, check_client_id(name), at=at)
    except MalformedClientIdError:
        client = None
    signed = method == "private_key_jwt" and await _is_signed(session, request, client, issuer, at)
    core = ClientAuthentication(lambda _client_id: _Client(client))
    core.register("private_key_jwt", lambda query, _request: query(name) if signed else None)
    try:
        core.authenticate(AuthlibRequest(request), [method], "token")
    except (OAuth2Error, UnicodeError, ValueError):  # ValueError: Basic credentials that are no text
        client = None
    if client is None or not client.active or (method == "none" and not public):
        raise ClientRefusedError
    return client


class AuthlibRequest(OAuth2Request):  # type: ignore[misc]  # no stubs
    """A request in Authlib's shape."""

    def __init__(self, request: TokenRequest) -> None:
        headers = {} if request.authorization is None else {"Authorization": request.authorization}
        super().__init__("POST", _ENDPOINT, headers=headers)
        self._form = dict(request.form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        """The parameters."""
        return self._form


class _Client(ClientMixin):  # type: ignore[misc]  # no stubs
    """A stored client, or one that is not there, in Authlib's shape: the two fail alike, and as slowly."""

    def __init__(self, client: Client | None) -> None:
        self.record = client

    def check_client_secret(self, client_secret: str) -> bool:
        return matches(client_secret, self.record.digests if self.record else ())

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and self.record is not None and method in self.record.auth_methods


async def _is_signed(
    session: AsyncSession, request: TokenRequest, client: Client | None, issuer: str, at: datetime
) -> bool:
    """Say whether a registered key of the client has signed the assertion, for us, now, and for the first time."""
    if client is None:
        return False
    try:
        claims = read_signed(request.form["client_assertion"], client.jwks, types=_ASSERTION_TYPES)
        until = check_assertion(claims, client_id=client.id, issuer=issuer, at=at)
    except (TokenRefusedError, AssertionRefusedError):
        return False
    return await grants.use_assertion(session, digest_of_use(client.id, claims["jti"]), expires_at=until)
