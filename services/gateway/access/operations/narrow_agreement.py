"""Narrow an agreement; it acts at once."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import Agreement, AgreementState, Terms, check_terms, is_narrower
from services.gateway.access.domain.approvals import Actor
from services.gateway.access.domain.errors import AgreementStateError, TermsWidenedError, UnknownPartnerError
from services.gateway.access.reference import catalogue
from services.gateway.access.store import agreements, rights_changes
from services.kit.callers import PURPOSES
from services.kit.etags import VersionConflictError


async def narrow_agreement(
    session: AsyncSession,
    *,
    organisation_id: UUID,
    agreement_id: UUID,
    terms: Terms,
    version: int,
    by: Actor,
    at: datetime,
) -> Agreement:
    """Replace what an active agreement says by something that gives no more.

    Args:
        session: The transaction.
        organisation_id: Whose agreement.
        agreement_id: Which.
        terms: All that it is to say, the unchanged too.
        version: The version that the change was made on.
        by: Who changes it.
        at: The instant of the change.

    Raises:
        UnknownPartnerError: The organisation has no such agreement.
        VersionConflictError: It was changed since.
        AgreementStateError: It is not active.
        TermsRefusedError: The terms say nothing, or what the catalogue does not know.
        TermsWidenedError: They would give more: that is a new proposal.
    """
    found = await agreements.find(session, organisation_id, agreement_id, to_change=True)
    if found is None:
        raise UnknownPartnerError
    if found.version != version:
        raise VersionConflictError
    if found.state is not AgreementState.ACTIVE:
        raise AgreementStateError
    check_terms(terms, catalogue=catalogue.shapes(), purposes=PURPOSES)
    if not is_narrower(terms, found.terms):
        raise TermsWidenedError
    made = await agreements.amend(session, agreement_id, terms, at=at)
    await rights_changes.add(
        session,
        organisation_id=organisation_id,
        kind="agreement_narrowed",
        target=str(agreement_id),
        version=made.version,
        by=by,
        at=at,
        document=agreements.document_of(terms),
    )
    return made
