"""Answer a token request: who asks, with what, what is she given; then spend what she brought."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.assertions import LEEWAY
from services.gateway.access.domain.errors import ClientRefusedError, ProofRefusedError
from services.gateway.access.domain.exchanges import TokenAnswer, TokenRequest
from services.gateway.access.domain.grants import (
    ACCESS_LIFETIME,
    FAMILY_LIFETIME,
    AccessGrant,
    Family,
    StoredCode,
    StoredRefresh,
    digest_of,
    end_of_refresh,
)
from services.gateway.access.domain.records import Client
from services.gateway.access.operations.authenticate_client import authenticate_client
from services.gateway.access.operations.check_dpop import check_dpop
from services.gateway.access.operations.decide_grant import Presented, decide_grant
from services.gateway.access.store import grants
from services.gateway.access.store.accounts import find_account

TOKEN_BYTES = 32


async def grant_token(
    session: AsyncSession,
    request: TokenRequest,
    *,
    issuer: str,
    endpoint: str,
    sign: Callable[[AccessGrant], str],
    at: datetime,
) -> TokenAnswer:
    """Return tokens for a client that proves who it is, or the refusal.

    A code or refresh token that comes a second time ends its whole family, and that must be committed: a refusal is
    an answer here, not an exception.

    Args:
        session: The transaction; the caller commits it, whatever the answer.
        request: The request.
        issuer: Our name, which a client's assertion must be addressed to.
        endpoint: The token endpoint as the outside writes it, which a proof of possession must be addressed to.
        sign: Writes an access token; called for a granted request only.
        at: The instant of the request.
    """
    if not request.form.get("grant_type"):
        return TokenAnswer.refusal("invalid_request")
    try:
        client = await authenticate_client(session, request, issuer=issuer, at=at, public=True)
        jkt = await _key(session, request, client, endpoint, at)
    except ClientRefusedError as refused:
        return TokenAnswer.refusal(refused.error)
    except ProofRefusedError:
        return TokenAnswer.refusal("invalid_dpop_proof")
    presented = await _present(session, request, client, jkt, at)
    held = presented.code or presented.refresh
    jti, next_token = secrets.token_urlsafe(16), secrets.token_urlsafe(TOKEN_BYTES)
    told = AccessGrant(
        subject=client.id if held is None else str(held.family.account_id),
        client_id=client.id,
        organisation=client.organisation,
        scope="",
        jti=jti,
        jkt=jkt,
        authenticated_at=None if held is None else held.family.authenticated_at,
    )
    answer = decide_grant(
        request, presented, sign=lambda scope: sign(replace(told, scope=scope)), renew=lambda: next_token
    )
    if answer.client_id is None or held is None:
        return _typed(answer, jkt)
    if not await _spend(session, held, jkt if "none" in client.auth_methods else None, at):
        await grants.revoke_family(session, held.family.id, at=at)
        return TokenAnswer.refusal("invalid_grant")
    await grants.note_access_token(session, held.family.id, jti, expires_at=at + ACCESS_LIFETIME + LEEWAY)
    if "refresh_token" in answer.body:
        family = held.family if isinstance(held, StoredRefresh) else _begun(held, at)
        await grants.add_refresh(
            session, family.id, digest_of(next_token), expires_at=end_of_refresh(family, at=at), at=at
        )
    return _typed(answer, jkt)


def _typed(answer: TokenAnswer, jkt: str | None) -> TokenAnswer:
    """Say which kind of token it is: one that is bound to a key is of no use as a bearer token (RFC 9449 section 5)."""
    if jkt is None or answer.client_id is None:
        return answer
    return replace(answer, body={**answer.body, "token_type": "DPoP"})


async def _key(session: AsyncSession, request: TokenRequest, client: Client, endpoint: str, at: datetime) -> str | None:
    """Return the thumbprint of the key to bind to; None for a bearer token.

    Raises:
        ProofRefusedError: The proof is no good, there are several, or there is none from a client that must give one.
    """
    if len(request.proofs) == 1:
        return await check_dpop(session, request.proofs[0], method="POST", url=endpoint, at=at)
    if request.proofs or client.dpop_required:
        raise ProofRefusedError
    return None


async def _present(
    session: AsyncSession, request: TokenRequest, client: Client, jkt: str | None, at: datetime
) -> Presented:
    """Look up what the client brought; what is not good for it is as if it were not there."""
    kind, form = request.form["grant_type"], request.form
    held: StoredCode | StoredRefresh | None = None
    if kind == "authorization_code" and "code" in form:
        held = await grants.find_code(session, digest_of(form["code"]))
    elif kind == "refresh_token" and "refresh_token" in form:
        held = await grants.find_refresh(session, digest_of(form["refresh_token"]))
    if held is None or held.family.client_id != client.id:
        return Presented(client)
    if held.used_at is not None:
        await grants.revoke_family(session, held.family.id, at=at)
    account = await find_account(session, held.family.account_id)
    bound_elsewhere = held.family.jkt not in {None, jkt}
    if not held.is_good(at=at) or bound_elsewhere or account is None or not account.active:
        return Presented(client)
    if account.organisation != client.organisation:
        return Presented(client)
    agreed = held.family.scopes & account.scopes
    if isinstance(held, StoredCode):
        return Presented(client, code=held, agreed=agreed)
    return Presented(client, refresh=held, agreed=agreed)


async def _spend(session: AsyncSession, held: StoredCode | StoredRefresh, jkt: str | None, at: datetime) -> bool:
    """Use up what the client brought, by one statement; a code begins its family.

    Args:
        session: The transaction.
        held: The code or refresh token.
        jkt: What a new family is bound to: the key of a client that has nothing else to prove itself by.
        at: The instant of the request.
    """
    if isinstance(held, StoredRefresh):
        return await grants.spend_refresh(session, held, at=at)
    if not await grants.spend_code(session, held.digest, at=at):
        return False
    await grants.add_family(session, replace(_begun(held, at), jkt=jkt), at=at)
    return True


def _begun(code: StoredCode, at: datetime) -> Family:
    return replace(code.family, expires_at=at + FAMILY_LIFETIME)
