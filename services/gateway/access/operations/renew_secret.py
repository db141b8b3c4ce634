"""Give a client a new secret and put its old ones out of force."""

import secrets
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.credentials import digest
from services.gateway.access.domain.errors import AccessRefusedError
from services.gateway.access.domain.records import IssuedClient
from services.gateway.access.operations.create_client import SECRET_BYTES
from services.gateway.access.store import clients


async def renew_secret(
    session: AsyncSession, *, client_id: str, at: datetime, secret: str | None = None
) -> IssuedClient:
    """Return the client with its new secret; tokens issued before live on for their five minutes.

    Args:
        session: The transaction; the caller commits.
        client_id: Whose.
        at: The instant of the change.
        secret: One made beforehand, at least 32 characters.

    Raises:
        AccessRefusedError: There is no such client.
        WeakSecretError: The given secret is too short or too long.
    """
    known = await clients.find_client(session, client_id, at=at)
    if known is None:
        raise AccessRefusedError
    plain = secret if secret is not None else secrets.token_urlsafe(SECRET_BYTES)
    hashed = digest(plain)
    await clients.revoke_secrets(session, [client_id], at=at)
    await clients.add_secret(session, client_id, hashed, at=at)
    return IssuedClient(client_id, plain, known.organisation, tuple(sorted(known.scopes)))
