"""Stop a partner's client at once: its tokens, its secrets, and what was proposed for it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, ApprovalState, Kind
from services.gateway.access.domain.clients import PartnerClient
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.store import approvals, clients, grants, partner_clients, rights_changes

_KINDS = (Kind.CLIENT, Kind.CLIENT_CHANGE, Kind.CLIENT_REACTIVATION)


async def revoke_client(
    session: AsyncSession, *, organisation_id: UUID, client_id: str, reason: str | None, by: Actor, at: datetime
) -> PartnerClient:
    """Return the client, stopped; it goes on only by a second person's approval, and with a new secret.

    Args:
        session: The transaction.
        organisation_id: Whose client.
        client_id: Which.
        reason: Why, for the history.
        by: Who stops it.
        at: The instant of the change.

    Raises:
        UnknownPartnerError: The organisation has no such client.
    """
    # proposals before the client, as whoever approves locks them: two who meet here wait, and none for ever
    for kind in _KINDS:
        waiting = await approvals.find_open(session, kind, client_id)
        if waiting is not None and waiting.proposal.organisation_id == organisation_id:
            await approvals.decide(session, waiting.id, ApprovalState.REJECTED, by=by, reason=reason, at=at)
    found = await partner_clients.find(session, organisation_id, client_id, at=at, to_change=True)
    if found is None:
        raise UnknownPartnerError
    await clients.revoke_secrets(session, [client_id], at=at)
    await grants.revoke_families_of(session, at=at, client_id=client_id)
    made = await partner_clients.switch(session, client_id, active=False, at=at)
    await rights_changes.add(
        session,
        organisation_id=organisation_id,
        kind="client_revoked",
        target=client_id,
        version=made.version,
        by=by,
        at=at,
        document={"reason": reason},
    )
    return made
