"""Decide what a client that has proven who it is may be given, by OAuth 2 (RFC 6749, RFC 7636), on Authlib's core.

Authlib knows the grants; what it leaves open or unsafe is settled here: every lifetime is ours, PKCE is S256, asked of
every client, and no text of a request comes back in an answer. It does no I/O: what it looks up has been looked up
before, and what it decides is written down afterwards.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from authlib.oauth2.rfc6749 import (  # type: ignore[import-untyped]  # no stubs
    AuthorizationServer,
    ClientMixin,
    InvalidRequestError,
    grants,
)
from authlib.oauth2.rfc6750 import BearerTokenGenerator  # type: ignore[import-untyped]  # the same
from authlib.oauth2.rfc7636 import CodeChallenge  # type: ignore[import-untyped]  # the same

from services.gateway.access.domain.exchanges import TokenAnswer, TokenRequest, scopes_to_give
from services.gateway.access.domain.grants import ACCESS_LIFETIME, Family, StoredCode, StoredRefresh
from services.gateway.access.domain.records import Client
from services.gateway.access.operations.authenticate_client import AuthlibRequest


@dataclass(frozen=True, slots=True)
class Presented:
    """Who asks, and what was found of what she brought; what is spent, too old or another's counts as not found.

    Attributes:
        client: It has proven who it is.
        code: A good one of this client.
        refresh: A good one of this client.
        agreed: What the person has agreed to and may still do; None where there is no person.
    """

    client: Client
    code: StoredCode | None = None
    refresh: StoredRefresh | None = None
    agreed: frozenset[str] | None = None


def decide_grant(
    request: TokenRequest, presented: Presented, *, sign: Callable[[str], str], renew: Callable[[], str]
) -> TokenAnswer:
    """Return the tokens, or the refusal.

    Args:
        request: The request.
        presented: What was found of it.
        sign: Writes an access token with a scope; called for a granted request only.
        renew: Makes a refresh token; called where the client may have one.
    """
    server = _Server(presented, sign, renew)
    status, body = server.create_token_response(AuthlibRequest(request))
    if "error" in body:
        return TokenAnswer.refusal(str(body["error"]))
    return TokenAnswer(status, {"scope": "", **body}, presented.client.id)


class _Client(ClientMixin):  # type: ignore[misc]  # no stubs
    """The client in Authlib's shape."""

    def __init__(self, presented: Presented) -> None:
        self._record = presented.client
        self._most = scopes_to_give(presented.client, presented.agreed)
        self._personal = presented.agreed is not None

    def get_allowed_scope(self, scope: str | None) -> str | None:
        """Return the scope of the new token; None refuses. Blank asks for all; of a person that is never nothing."""
        wanted = frozenset((scope or "").split()) or self._most
        if not wanted <= self._most or (self._personal and not wanted):
            return None
        return " ".join(sorted(wanted))

    def check_grant_type(self, grant_type: str) -> bool:
        """A client that anybody could pass for is given nothing in its own name."""
        nobody = grant_type == "client_credentials" and "none" in self._record.auth_methods
        return grant_type in self._record.grant_types and not nobody


@dataclass(frozen=True, slots=True)
class _Held:
    """A code or refresh token in Authlib's shape."""

    family: Family
    redirect_uri: str = ""
    code_challenge: str = ""
    code_challenge_method: str = "S256"

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return " ".join(sorted(self.family.scopes))

    def check_client(self, client: _Client) -> bool:
        del client  # what is another's was not found
        return True


class _ClientCredentials(grants.ClientCredentialsGrant):  # type: ignore[misc]  # no stubs
    """A machine asks for itself."""


class _AuthorizationCode(grants.AuthorizationCodeGrant):  # type: ignore[misc]  # no stubs
    """A client redeems what a person's consent gave it."""

    def query_authorization_code(self, code: str, client: _Client) -> _Held | None:
        del code, client
        held = self.server.presented.code
        return None if held is None else _Held(held.family, held.redirect_uri, held.code_challenge)

    def authenticate_user(self, authorization_code: _Held) -> Any:
        return authorization_code.family.account_id

    def delete_authorization_code(self, authorization_code: _Held) -> None:
        """Nothing: it is spent in the database, by one statement."""


class _RefreshToken(grants.RefreshTokenGrant):  # type: ignore[misc]  # no stubs
    """A client asks again within what the person agreed to."""

    INCLUDE_NEW_REFRESH_TOKEN = True

    def authenticate_refresh_token(self, refresh_token: str) -> _Held | None:
        del refresh_token
        held = self.server.presented.refresh
        return None if held is None else _Held(held.family)

    def authenticate_user(self, refresh_token: _Held) -> Any:
        return refresh_token.family.account_id

    def issue_token(self, user: Any, refresh_token: _Held) -> Any:
        """Leave a scope that was not asked for open: the person may do less by now than she agreed to."""
        del refresh_token
        return self.generate_token(user=user, scope=self.request.payload.scope, include_refresh_token=True)

    def revoke_old_credential(self, refresh_token: _Held) -> None:
        """Nothing: it is spent in the database, by one statement."""


class _Challenge(CodeChallenge):  # type: ignore[misc]  # no stubs
    """PKCE of every client, by S256 alone."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_verifier(self, grant: _AuthorizationCode, result: Any) -> None:
        if not grant.request.form.get("code_verifier"):
            raise InvalidRequestError
        super().validate_code_verifier(grant, result)


class _Server(AuthorizationServer):  # type: ignore[misc]  # no stubs
    """Authlib's server for one request; it does no I/O, so it needs no thread."""

    def __init__(self, presented: Presented, sign: Callable[[str], str], renew: Callable[[], str]) -> None:
        super().__init__()
        self.presented = presented
        for grant, extensions in (
            (_ClientCredentials, []),
            (_AuthorizationCode, [_Challenge()]),
            (_RefreshToken, []),
        ):
            self.register_grant(grant, extensions)
        self.register_token_generator(
            "default",
            BearerTokenGenerator(
                access_token_generator=lambda client, grant_type, user, scope: sign(scope),  # noqa: ARG005  # Authlib names its arguments
                refresh_token_generator=lambda client, grant_type, user, scope: renew(),  # noqa: ARG005  # the same
                expires_generator=lambda _client, _grant_type: int(ACCESS_LIFETIME.total_seconds()),
            ),
        )

    def authenticate_client(self, request: AuthlibRequest, methods: Any, endpoint: str = "token") -> _Client:
        """Return the client that has proven before who it is."""
        del request, methods, endpoint
        return _Client(self.presented)

    def save_token(self, token: Mapping[str, Any], request: AuthlibRequest) -> None:
        """Nothing: an access token carries all that verifying it needs; a refresh token is stored by who asked."""

    def create_oauth2_request(self, request: AuthlibRequest) -> AuthlibRequest:
        return request

    def handle_response(self, status: int, body: Mapping[str, Any], _headers: Any) -> tuple[int, Mapping[str, Any]]:
        return status, body

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Tell nobody."""
