"""Give a client the code for what a person has agreed to."""

import secrets
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.grants import CODE_LIFETIME, AuthorisationRequest, Family, StoredCode, digest_of
from services.gateway.access.store import grants

CODE_BYTES = 32


async def issue_code(
    session: AsyncSession,
    request: AuthorisationRequest,
    *,
    account_id: UUID,
    scopes: frozenset[str],
    authenticated_at: datetime,
    at: datetime,
) -> str:
    """Return a code: 256 random bits, good once and for a minute, stored as its hash.

    Args:
        session: The transaction; the caller commits.
        request: What the client asked for.
        account_id: Who has agreed.
        scopes: What she has agreed to; what was not asked for is left out.
        authenticated_at: When she proved who she is.
        at: The instant of the consent.
    """
    code = secrets.token_urlsafe(CODE_BYTES)
    family = Family(
        id=uuid4(),
        client_id=request.client_id,
        account_id=account_id,
        scopes=scopes & request.scopes,
        jkt=request.dpop_jkt,
        authenticated_at=authenticated_at,
        expires_at=at + CODE_LIFETIME,
    )
    stored = StoredCode(
        digest=digest_of(code),
        family=family,
        redirect_uri=request.redirect_uri,
        code_challenge=request.code_challenge,
        expires_at=at + CODE_LIFETIME,
        used_at=None,
    )
    await grants.add_code(session, stored)
    return code
