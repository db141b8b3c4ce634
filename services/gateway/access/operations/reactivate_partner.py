"""Let a stopped organisation go on: the effect of a second person's approval."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.store import partners, rights_changes


async def reactivate_partner(session: AsyncSession, approval: Approval, by: Actor, at: datetime) -> None:
    """Make the organisation of an approved proposal active again.

    Raises:
        UnknownPartnerError: There is no such organisation.
    """
    found = await partners.find(session, UUID(approval.proposal.target), to_change=True)
    if found is None:
        raise UnknownPartnerError
    made = await partners.amend(session, found.id, name=found.name, active=True)
    await rights_changes.add(
        session,
        organisation_id=found.id,
        kind="partner_reactivated",
        target=str(found.id),
        version=made.version,
        by=by,
        at=at,
        document={"name": made.name, "active": True},
    )
