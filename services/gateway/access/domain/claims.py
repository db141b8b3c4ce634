"""What an access token says of its bearer, in our words, whoever wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.gateway.access.domain.credentials import check_client_id
from services.gateway.access.domain.errors import AccessRefusedError, MalformedClientIdError
from services.gateway.access.domain.grants import is_thumbprint

_ACCESS = frozenset({None, "Bearer", "DPoP"})
"""What Keycloak writes into a claim `typ` of access tokens; into ID tokens it writes `ID`, for instance."""


@dataclass(frozen=True, slots=True)
class ClaimNames:
    """Which claims of an issuer hold what.

    Attributes:
        own: Whether the issuer is this gateway: then other subjects than clients are accounts here.
        client: Names the client.
        organisation: Names the organisation, which must be the client's; None where nothing is said of it.
        scope: Holds the scopes, as a list or between spaces.
        purposes: Narrows the purposes, in the same forms; None where nothing is said of them.
    """

    own: bool = True
    client: str = "client_id"
    organisation: str | None = "org"
    scope: str = "scope"
    purposes: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What a token says.

    Attributes:
        purposes: None where the token does not narrow them.
        confirmation: Thumbprint of the key that it is bound to.
    """

    subject: str
    client_id: str
    organisation: str | None
    scopes: frozenset[str]
    purposes: frozenset[str] | None
    confirmation: str | None
    jti: str | None
    expires_at: float


def read_claims(claims: Mapping[str, Any], names: ClaimNames) -> Told:
    """Return what verified claims say.

    Raises:
        AccessRefusedError: They are no access token's, name no client, or bind to something that is no key.
    """
    try:
        client_id = check_client_id(str(claims[names.client]))
    except (KeyError, MalformedClientIdError):
        raise AccessRefusedError from None
    if claims.get("typ") not in _ACCESS:
        raise AccessRefusedError
    confirmation = None
    if "cnf" in claims:  # a binding that we cannot check must not be dropped: the token would become a bearer token
        confirmation = claims["cnf"].get("jkt") if isinstance(claims["cnf"], dict) else None
        if not isinstance(confirmation, str) or not is_thumbprint(confirmation):
            raise AccessRefusedError
    jti = claims.get("jti")
    return Told(
        subject=str(claims["sub"]),
        client_id=client_id,
        organisation=None if names.organisation is None else str(claims.get(names.organisation, "")),
        scopes=_words(claims.get(names.scope)),
        purposes=None if names.purposes is None else _words(claims.get(names.purposes)),
        confirmation=confirmation,
        jti=jti if isinstance(jti, str) else None,
        expires_at=float(claims["exp"]),
    )


def _words(value: object) -> frozenset[str]:
    if isinstance(value, str):
        return frozenset(value.split())
    return frozenset(one for one in value if isinstance(one, str)) if isinstance(value, list) else frozenset()
