"""Put a proposed agreement into force, or aside: the effect of a second person's decision."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import AgreementState
from services.gateway.access.domain.approvals import Actor, Approval, ApprovalState
from services.gateway.access.domain.errors import AgreementStateError, UnknownPartnerError
from services.gateway.access.store import agreements, rights_changes


async def decide_agreement(session: AsyncSession, approval: Approval, by: Actor, at: datetime) -> None:
    """Make the agreement of a decided proposal active, or rejected.

    Raises:
        UnknownPartnerError: There is no such agreement.
        AgreementStateError: It is no longer proposed.
    """
    proposal = approval.proposal
    if proposal.organisation_id is None:
        raise UnknownPartnerError
    found = await agreements.find(session, proposal.organisation_id, UUID(proposal.target), to_change=True)
    if found is None:
        raise UnknownPartnerError
    if found.state is not AgreementState.PROPOSED:
        raise AgreementStateError
    approved = approval.state is ApprovalState.APPROVED
    made = await agreements.decide(
        session,
        found.id,
        AgreementState.ACTIVE if approved else AgreementState.REJECTED,
        approved_by=by.subject if approved else None,
        at=at,
    )
    await rights_changes.add(
        session,
        organisation_id=proposal.organisation_id,
        kind="agreement_approved" if approved else "agreement_rejected",
        target=proposal.target,
        version=made.version,
        by=by,
        at=at,
        document=agreements.document_of(made.terms),
    )
