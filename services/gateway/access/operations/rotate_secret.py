"""Give a partner's client a new secret beside the old one, which works on for a while."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor
from services.gateway.access.domain.clients import ADMINISTRATION, PartnerClient
from services.gateway.access.domain.credentials import digest
from services.gateway.access.domain.errors import NoSecretError, OwnSecretError, UnknownPartnerError
from services.gateway.access.operations.create_client import SECRET_BYTES
from services.gateway.access.store import clients, partner_clients, rights_changes


async def rotate_secret(
    session: AsyncSession,
    *,
    organisation_id: UUID,
    client_id: str,
    overlap: timedelta,
    by: Actor,
    at: datetime,
) -> tuple[PartnerClient, str]:
    """Return the client and its new secret, which cannot be read again.

    Whoever is shown the secret can act as the client: that of a client that administers partners is given to that
    client alone, or one person could propose as herself and approve as the machine.

    Args:
        session: The transaction.
        organisation_id: Whose client.
        client_id: Which.
        overlap: How long the secret of before works on; zero ends it at once.
        by: Who asks; the secret is shown to her.
        at: The instant of the change.

    Raises:
        UnknownPartnerError: The organisation has no such client.
        NoSecretError: It proves itself otherwise.
        OwnSecretError: It administers partners, and somebody else asks.
    """
    found = await partner_clients.find(session, organisation_id, client_id, at=at, to_change=True)
    if found is None:
        raise UnknownPartnerError
    if not found.draft.has_secret:
        raise NoSecretError
    if ADMINISTRATION in found.draft.scopes and by.client_id != client_id:
        raise OwnSecretError
    await partner_clients.end_secrets(session, client_id, ends_at=at + overlap, at=at)
    plain = secrets.token_urlsafe(SECRET_BYTES)
    await clients.add_secret(session, client_id, digest(plain), at=at, issued_to=by.subject)
    await rights_changes.add(
        session,
        organisation_id=organisation_id,
        kind="client_secret_rotated",
        target=client_id,
        version=found.version,
        by=by,
        at=at,
        document={"old_secret_ends_at": at + overlap},
    )
    made = await partner_clients.find(session, organisation_id, client_id, at=at)
    if made is None:
        raise UnknownPartnerError
    return made, plain
