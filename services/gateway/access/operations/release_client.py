"""Let a client have what was proposed for it: the effect of a second person's approval."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval, Kind
from services.gateway.access.domain.errors import ProposalStaleError, UnknownPartnerError
from services.gateway.access.store import partner_clients, rights_changes

_KINDS = {
    Kind.CLIENT: "client_approved",
    Kind.CLIENT_CHANGE: "client_amended",
    Kind.CLIENT_REACTIVATION: "client_reactivated",
}


async def release_client(session: AsyncSession, approval: Approval, by: Actor, at: datetime) -> None:
    """Make the client of an approved proposal usable, or change it as was proposed.

    Raises:
        UnknownPartnerError: There is no such client.
        ProposalStaleError: It was changed since the proposal: what was approved is not what would be.
    """
    proposal = approval.proposal
    found = None
    if proposal.organisation_id is not None:
        found = await partner_clients.find(session, proposal.organisation_id, proposal.target, at=at, to_change=True)
    if found is None or proposal.organisation_id is None:
        raise UnknownPartnerError
    if found.version != proposal.payload.get("version", found.version):
        raise ProposalStaleError
    draft = partner_clients.draft_of(proposal.payload)
    made = found
    if draft != found.draft:
        if proposal.kind == Kind.CLIENT:
            raise ProposalStaleError
        made = await partner_clients.amend(session, found.id, draft, at=at)
    if proposal.kind != Kind.CLIENT_CHANGE:
        made = await partner_clients.switch(session, found.id, active=True, at=at)
    await rights_changes.add(
        session,
        organisation_id=proposal.organisation_id,
        kind=_KINDS[Kind(proposal.kind)],
        target=found.id,
        version=made.version,
        by=by,
        at=at,
        document=partner_clients.document_of(made.draft),
    )
