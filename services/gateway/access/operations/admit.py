"""Say whom an access token stands for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.claims import ClaimNames, Told, read_claims
from services.gateway.access.domain.errors import AccessRefusedError
from services.gateway.access.domain.records import Client, Principal
from services.gateway.access.store import accounts, agreements, clients, grants
from services.kit.database import Database
from services.kit.tokens import TokenRefusedError, TokenVerifier

_OWN = ClaimNames()


async def admit(
    token: str, *, verifier: TokenVerifier, database: Database, at: datetime, names: ClaimNames = _OWN
) -> Principal:
    """Return the principal of a good access token.

    Client, account and agreements are looked up each time (callers remember the answer for at most a minute): who was
    stopped, or whose rights were cut, is stopped or cut although the token is still good.

    Args:
        token: Compact.
        verifier: Of the issuer that is trusted.
        database: The gateway's.
        at: The instant of the call.
        names: Which of that issuer's claims hold what.

    Raises:
        AccessRefusedError: The token is not good or was revoked, its client or account is unknown or stopped, or the
            client's tokens must be bound to a key and this one is not.
        ConnectionError: The keys are out of reach.
    """
    try:
        claims = await verifier.verify(token, at=at)
    except TokenRefusedError:
        raise AccessRefusedError from None
    told = read_claims(claims, names)
    async with database.sessions.begin() as session:
        client = await clients.find_client(session, told.client_id, at=at)
        if client is None or not client.active or told.organisation not in {None, client.organisation}:
            raise AccessRefusedError
        if client.dpop_required and told.confirmation is None:
            raise AccessRefusedError
        if told.jti is not None and await grants.is_revoked(session, told.jti):
            raise AccessRefusedError
        scopes = client.scopes & told.scopes & await _allowed(session, told, client, names)
        agreed = await agreements.approved(session, client.organisation)
    return Principal(
        subject=told.subject,
        client_id=client.id,
        organisation=client.organisation,
        scopes=scopes,
        agreements=agreed,
        expires_at=told.expires_at,
        confirmation=told.confirmation,
        purposes=told.purposes,
        serves_persons=client.serves_persons,
    )


async def _allowed(session: AsyncSession, told: Told, client: Client, names: ClaimNames) -> frozenset[str]:
    """Return what the person behind a token may still do; of a machine, and of another issuer's people, what it says.

    Raises:
        AccessRefusedError: She is unknown here, stopped, or of another organisation than the client.
    """
    if not names.own or told.subject == client.id:
        return told.scopes
    try:
        account = await accounts.find_account(session, UUID(told.subject))
    except ValueError:
        raise AccessRefusedError from None
    if account is None or not account.active or account.organisation != client.organisation:
        raise AccessRefusedError
    return account.scopes
