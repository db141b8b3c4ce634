"""Answer a token request by OAuth 2 (RFC 6749), on Authlib's core.

Authlib knows the grants and the client authentication; what it leaves open or unsafe is settled here: every lifetime is
ours, an unknown client fails exactly like a wrong secret, and no text of a request comes back in an answer.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]  # no stubs
    AuthorizationServer,
    ClientMixin,
    OAuth2Request,
    grants,
)
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload  # type: ignore[import-untyped]  # the same
from authlib.oauth2.rfc6750 import BearerTokenGenerator  # type: ignore[import-untyped]  # the same

from services.gateway.access.domain.credentials import matches
from services.gateway.access.domain.records import Client
from services.gateway.access.domain.scopes import granted

LIFETIME_S = 300
GRANT_TYPES = ("client_credentials",)
AUTH_METHODS = ("client_secret_basic", "client_secret_post")
_ENDPOINT = "https://gateway.invalid/oauth2/token"  # Authlib insists on https; encryption ends before this process
_BAD_REQUEST, _UNAUTHORISED = 400, 401

logging.getLogger("authlib").setLevel(logging.WARNING)  # its debug lines hold whole tokens

_DESCRIPTIONS = {
    "invalid_request": "A parameter is missing, repeated or malformed; send a form, each parameter once.",
    "invalid_client": "Client authentication failed.",
    "invalid_grant": "The grant is not valid.",
    "invalid_scope": "The client may not have all of the scopes asked for.",
    "unauthorized_client": "The client may not use this grant type.",
    "unsupported_grant_type": "This grant type is not offered; see /.well-known/oauth-authorization-server.",
}


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What came to the token endpoint.

    Attributes:
        form: Each parameter once.
        authorization: The Authorization header, if any.
    """

    form: Mapping[str, str]
    authorization: str | None = None


@dataclass(frozen=True, slots=True)
class TokenAnswer:
    """What goes back: the members of RFC 6749 sections 5.1 and 5.2.

    Attributes:
        client_id: Who was given a token; None for a refusal.
    """

    status: int
    body: Mapping[str, Any]
    client_id: str | None = None

    @classmethod
    def refusal(cls, error: str) -> "TokenAnswer":
        """Return a refusal of RFC 6749 section 5.2 in our words."""
        status = _UNAUTHORISED if error == "invalid_client" else _BAD_REQUEST
        return cls(status, {"error": error, "error_description": _DESCRIPTIONS[error]})


def grant_token(
    request: TokenRequest, *, clients: Mapping[str, Client], sign_for: Callable[[Client, str], str]
) -> TokenAnswer:
    """Return a token for a client that proves who it is, or the refusal.

    Args:
        request: The request.
        clients: The clients that it names, as stored; absent ones are unknown.
        sign_for: Writes an access token for a client and a scope; called for a granted request only.
    """
    if not request.form.get("grant_type"):
        return TokenAnswer.refusal("invalid_request")
    if request.authorization is not None and "client_secret" in request.form:
        return TokenAnswer.refusal("invalid_request")  # one way of proving it, RFC 6749 section 2.3
    server = _Server(clients, sign_for)
    try:
        status, body = server.create_token_response(_Request(request))
    except (UnicodeError, ValueError):  # Basic credentials that are no text
        return TokenAnswer.refusal("invalid_client")
    if "error" in body:
        error = str(body["error"])
        return TokenAnswer.refusal(error if error in _DESCRIPTIONS else "invalid_request")
    return TokenAnswer(status, {"scope": "", **body}, server.granted_to)


class _Request(OAuth2Request):  # type: ignore[misc]  # no stubs
    """The request in Authlib's shape."""

    def __init__(self, request: TokenRequest) -> None:
        headers = {} if request.authorization is None else {"Authorization": request.authorization}
        super().__init__("POST", _ENDPOINT, headers=headers)
        self._form = dict(request.form)
        self.payload = BasicOAuth2Payload(self._form)

    @property
    def form(self) -> dict[str, str]:
        return self._form


class _Client(ClientMixin):  # type: ignore[misc]  # no stubs
    """A stored client, or one that is not there, in Authlib's shape: the two fail alike, and as slowly."""

    def __init__(self, client: Client | None) -> None:
        self.record = client

    def get_client_id(self) -> str:
        return self.record.id if self.record else ""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        allowed = granted(self.record, scope) if self.record else None
        return None if allowed is None else " ".join(sorted(allowed))

    def check_client_secret(self, client_secret: str) -> bool:
        right = matches(client_secret, self.record.digests if self.record else ())
        return right and self.record is not None and self.record.active

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return endpoint == "token" and self.record is not None and method in self.record.auth_methods

    def check_grant_type(self, grant_type: str) -> bool:
        return self.record is not None and grant_type in self.record.grant_types


class _ClientCredentials(grants.ClientCredentialsGrant):  # type: ignore[misc]  # no stubs
    TOKEN_ENDPOINT_AUTH_METHODS: ClassVar = list(AUTH_METHODS)


class _Server(AuthorizationServer):  # type: ignore[misc]  # no stubs
    """Authlib's server for one request; it does no I/O, so it needs no thread."""

    def __init__(self, clients: Mapping[str, Client], sign_for: Callable[[Client, str], str]) -> None:
        super().__init__()
        self._clients = clients
        self.granted_to: str | None = None
        self.register_grant(_ClientCredentials)
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                access_token_generator=lambda client, grant_type, user, scope: sign_for(client.record, scope),  # noqa: ARG005  # Authlib names its arguments
                expires_generator=lambda _client, _grant_type: LIFETIME_S,
            ),
        )

    def query_client(self, client_id: str) -> _Client:
        return _Client(self._clients.get(client_id))

    def save_token(self, token: Mapping[str, Any], request: _Request) -> None:
        del token  # it carries all that verifying it needs
        self.granted_to = request.client.get_client_id()

    def create_oauth2_request(self, request: _Request) -> _Request:
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], _headers: Any) -> tuple[int, Mapping[str, Any]]:
        return status, body

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""
