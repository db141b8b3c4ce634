"""Rename an organisation, stop it at once, or propose that it goes on."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval, Kind, Proposal
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.domain.records import Organisation
from services.gateway.access.operations.propose_change import propose_change
from services.gateway.access.store import partners, rights_changes
from services.kit.etags import VersionConflictError


async def amend_partner(
    session: AsyncSession, partner_id: UUID, *, name: str, active: bool, version: int, by: Actor, at: datetime
) -> tuple[Organisation, Approval | None]:
    """Return the organisation, and the proposal that it may go on where that was asked for.

    Args:
        session: The transaction.
        partner_id: Which organisation.
        name: What it is to be called.
        active: Whether its clients may be used; from false to true takes a second person.
        version: The version that the change was made on.
        by: Who changes it.
        at: The instant of the change.

    Raises:
        UnknownPartnerError: There is no such organisation.
        VersionConflictError: It was changed since.
        AlreadyProposedError: That it goes on is proposed already.
    """
    found = await partners.find(session, partner_id, to_change=True)
    if found is None:
        raise UnknownPartnerError
    if found.version != version:
        raise VersionConflictError
    grows = active and not found.active
    made = await partners.amend(session, partner_id, name=name, active=found.active and active)
    await rights_changes.add(
        session,
        organisation_id=partner_id,
        kind="partner_amended" if made.active == found.active else "partner_stopped",
        target=str(partner_id),
        version=made.version,
        by=by,
        at=at,
        document={"name": name, "active": made.active},
    )
    if not grows:
        return made, None
    proposal = Proposal(Kind.PARTNER_REACTIVATION, str(partner_id), partner_id)
    return made, await propose_change(session, proposal, by=by, at=at)
