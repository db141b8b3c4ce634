"""Check a client's proof that it holds the key that a token is, or is to be, bound to (RFC 9449)."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.assertions import check_proof, digest_of_use
from services.gateway.access.domain.errors import ProofRefusedError
from services.gateway.access.store import grants
from services.kit.tokens import TokenRefusedError, read_proof


async def check_dpop(
    session: AsyncSession,
    proof: str,
    *,
    method: str,
    url: str,
    at: datetime,
    token: str | None = None,
    jkt: str | None = None,
) -> str:
    """Return the thumbprint of the proof's key; the proof is used up in the same transaction.

    Args:
        session: The transaction.
        proof: The DPoP header.
        method: Of the request.
        url: Of the request, as the outside writes it, without query.
        at: The instant of the request.
        token: The access token that came with it, at a resource.
        jkt: The key that it must be, where a token is bound already.

    Raises:
        ProofRefusedError: It is no proof, or not for this request, or used before.
    """
    try:
        claims, thumbprint = read_proof(proof)
    except TokenRefusedError:
        raise ProofRefusedError from None
    until = check_proof(claims, method=method, url=url, at=at, token=token)
    if jkt not in {None, thumbprint}:
        raise ProofRefusedError
    if not await grants.use_proof(session, digest_of_use(thumbprint, claims["jti"]), expires_at=until):
        raise ProofRefusedError
    return thumbprint
