"""What comes to the endpoints of the OAuth 2 server, and what goes back."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from services.gateway.access.domain.assertions import claimed_client
from services.gateway.access.domain.errors import ClientRefusedError
from services.gateway.access.domain.records import Client

GRANT_TYPES = ("client_credentials", "authorization_code", "refresh_token")
SECRET_METHODS = ("client_secret_basic", "client_secret_post")
AUTH_METHODS = (*SECRET_METHODS, "private_key_jwt", "none")
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LARGEST_HEADER = 2048
_BAD_REQUEST, _UNAUTHORISED = 400, 401

_DESCRIPTIONS = {
    "invalid_request": "A parameter is missing, repeated or malformed; send a form, each parameter once.",
    "invalid_client": "Client authentication failed.",
    "invalid_grant": "The grant is not valid.",
    "invalid_scope": "The client may not have all of the scopes asked for.",
    "unauthorized_client": "The client may not use this grant type.",
    "unsupported_grant_type": "This grant type is not offered; see /.well-known/oauth-authorization-server.",
    "invalid_dpop_proof": "The DPoP proof is missing, repeated, or not for this request, key and moment.",
}


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """What came to the token endpoint, or to one that knows clients by the same proofs.

    Attributes:
        form: Each parameter once.
        authorization: The Authorization header, if any.
        proofs: The DPoP headers; one at most is right.
    """

    form: Mapping[str, str]
    authorization: str | None = None
    proofs: tuple[str, ...] = ()


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
        known = error if error in _DESCRIPTIONS else "invalid_request"
        status = _UNAUTHORISED if known == "invalid_client" else _BAD_REQUEST
        return cls(status, {"error": known, "error_description": _DESCRIPTIONS[known]})


def scopes_to_give(client: Client, agreed: frozenset[str] | None) -> frozenset[str]:
    """Return the most that a token may carry: the client's own, or what a person agreed to and the client still has."""
    return client.scopes if agreed is None else client.scopes & agreed


def offered(request: TokenRequest) -> tuple[str, str]:
    """Return how a client offers to prove itself, and who it says that it is; nothing of it is believed yet.

    Raises:
        ClientRefusedError: In more ways than one (RFC 6749 section 2.3), or as two clients.
    """
    form = request.form
    asserted = "client_assertion" in form or "client_assertion_type" in form
    if (request.authorization is not None) + ("client_secret" in form) + asserted > 1:
        raise ClientRefusedError("invalid_request")
    name = form.get("client_id", "")
    if request.authorization is not None:
        user = _basic_user(request.authorization)
        if name not in {"", user}:
            raise ClientRefusedError
        return "client_secret_basic", user
    if asserted:
        claimed = claimed_client(form.get("client_assertion", ""))
        if form.get("client_assertion_type") != ASSERTION_TYPE or name not in {"", claimed}:
            raise ClientRefusedError
        return "private_key_jwt", claimed
    return ("client_secret_post" if "client_secret" in form else "none"), name


def _basic_user(authorization: str) -> str:
    scheme, _, credentials = authorization.partition(" ")
    if scheme.lower() != "basic" or len(credentials) > _LARGEST_HEADER:
        return ""
    try:
        return unquote(base64.b64decode(credentials).decode().partition(":")[0])
    except ValueError:  # no base64, or no text
        return ""
