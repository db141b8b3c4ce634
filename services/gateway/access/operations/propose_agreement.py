"""Propose an agreement."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import Agreement, Terms, check_terms
from services.gateway.access.domain.approvals import Actor, Kind, Proposal
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.operations.propose_change import propose_change
from services.gateway.access.reference import catalogue
from services.gateway.access.store import agreements, partners, rights_changes
from services.kit.callers import PURPOSES


async def propose_agreement(
    session: AsyncSession, *, organisation_id: UUID, terms: Terms, by: Actor, at: datetime
) -> Agreement:
    """Store an agreement that gives nothing until a second person approves it.

    Args:
        session: The transaction.
        organisation_id: Whose agreement.
        terms: What it says.
        by: Who proposes it.
        at: The instant of the proposal.

    Raises:
        UnknownPartnerError: There is no such organisation.
        TermsRefusedError: The terms say nothing, or what the catalogue does not know.
    """
    check_terms(terms, catalogue=catalogue.shapes(), purposes=PURPOSES)
    if await partners.find(session, organisation_id) is None:
        raise UnknownPartnerError
    made = await agreements.add(session, organisation_id, terms, proposed_by=by.subject, at=at)
    document = agreements.document_of(terms)
    proposal = Proposal(Kind.AGREEMENT, str(made.id), organisation_id, document)
    await propose_change(session, proposal, by=by, at=at)
    await rights_changes.add(
        session,
        organisation_id=organisation_id,
        kind="agreement_proposed",
        target=str(made.id),
        version=made.version,
        by=by,
        at=at,
        document=document,
    )
    return made
