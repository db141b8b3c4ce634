"""Write an access token: five minutes, for partners, never for a service."""

from datetime import datetime

from services.gateway.access.domain.grants import ACCESS_LIFETIME, AccessGrant
from services.kit.tokens import SigningKey, sign


def write_access_token(grant: AccessGrant, *, issuer: str, audience: str, key: SigningKey, at: datetime) -> str:
    """Return the token (RFC 9068).

    Args:
        grant: What it says.
        issuer: Our name.
        audience: Whom it is for: this API.
        key: The current key for access tokens.
        at: The instant of issue.
    """
    claims: dict[str, object] = {
        "iss": issuer,
        "aud": audience,
        "sub": grant.subject,
        "client_id": grant.client_id,
        "org": grant.organisation,
        "scope": grant.scope,
        "jti": grant.jti,
    }
    if grant.jkt is not None:
        claims["cnf"] = {"jkt": grant.jkt}
    if grant.authenticated_at is not None:
        claims["auth_time"] = int(grant.authenticated_at.timestamp())
    return sign(key, claims, issued_at=at, lifetime_s=int(ACCESS_LIFETIME.total_seconds()))
