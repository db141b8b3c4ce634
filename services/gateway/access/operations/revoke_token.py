"""Put a token out of force at its own client's wish (RFC 7009)."""

from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.grants import digest_of
from services.gateway.access.domain.records import Client
from services.gateway.access.store import grants
from services.kit.tokens import LEEWAY_S, TokenRefusedError, TokenVerifier


async def revoke_token(
    session: AsyncSession, token: str, *, client: Client, verifier: TokenVerifier, at: datetime
) -> bool:
    """End an access token, or the family of a refresh token; return False where there is nothing to end.

    What is unknown, over already, or another client's changes nothing, and the client is not told which it was.

    Args:
        session: The transaction; the caller commits, then forgets what it remembers of tokens.
        token: An access token or a refresh token.
        client: Who asks, having proven who it is.
        verifier: Of access tokens.
        at: The instant of the wish.
    """
    try:
        claims = await verifier.verify(token, at=at)
    except TokenRefusedError:
        held = await grants.find_refresh(session, digest_of(token))
        if held is None or held.family.client_id != client.id:
            return False
        await grants.revoke_family(session, held.family.id, at=at)
        return True
    if claims["client_id"] != client.id:
        return False
    ends = datetime.fromtimestamp(float(claims["exp"]) + LEEWAY_S, UTC)
    await grants.revoke_access_token(session, str(claims["jti"]), expires_at=ends)
    return True
