"""Say whom an access token stands for."""

from datetime import datetime

from services.gateway.access.domain.credentials import check_client_id
from services.gateway.access.domain.errors import AccessRefusedError, MalformedClientIdError
from services.gateway.access.domain.records import Principal
from services.gateway.access.store import clients
from services.kit.database import Database
from services.kit.tokens import TokenRefusedError, TokenVerifier


async def admit(token: str, *, verifier: TokenVerifier, database: Database, at: datetime) -> Principal:
    """Return the principal of a good access token.

    The client is looked up each time (callers remember the answer for at most a minute): a client that was stopped,
    or whose rights or purposes were cut, is stopped or cut although its token is still good.

    Raises:
        AccessRefusedError: The token is not good, or its client is unknown or stopped.
        ConnectionError: The keys are out of reach.
    """
    try:
        claims = await verifier.verify(token, at=at)
    except TokenRefusedError:
        raise AccessRefusedError from None
    try:
        client_id = check_client_id(str(claims["client_id"]))
    except MalformedClientIdError:
        raise AccessRefusedError from None
    async with database.sessions.begin() as session:
        client = await clients.find_client(session, client_id, at=at)
    if client is None or not client.active:
        raise AccessRefusedError
    return Principal(
        subject=str(claims["sub"]),
        client_id=client.id,
        organisation=client.organisation,
        scopes=client.scopes.intersection(str(claims.get("scope", "")).split()),
        purposes=client.purposes,
        expires_at=float(claims["exp"]),
    )
