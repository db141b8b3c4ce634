"""End an agreement; it acts at once."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.agreements import Agreement, AgreementState
from services.gateway.access.domain.approvals import Actor
from services.gateway.access.domain.errors import AgreementStateError, UnknownPartnerError
from services.gateway.access.store import agreements, rights_changes


async def end_agreement(
    session: AsyncSession,
    *,
    organisation_id: UUID,
    agreement_id: UUID,
    reason: str | None,
    by: Actor,
    on: date,
    at: datetime,
) -> Agreement:
    """Put an active agreement out of force, from now on and for good.

    Args:
        session: The transaction.
        organisation_id: Whose agreement.
        agreement_id: Which.
        reason: Why, for the history.
        by: Who ends it.
        on: Civil date of the end, which the organisation is told from now on.
        at: The instant of the change.

    Raises:
        UnknownPartnerError: The organisation has no such agreement.
        AgreementStateError: It is not active.
    """
    found = await agreements.find(session, organisation_id, agreement_id, to_change=True)
    if found is None:
        raise UnknownPartnerError
    if found.state is not AgreementState.ACTIVE:
        raise AgreementStateError
    made = await agreements.decide(session, agreement_id, AgreementState.ENDED, ended_on=on, at=at)
    await rights_changes.add(
        session,
        organisation_id=organisation_id,
        kind="agreement_ended",
        target=str(agreement_id),
        version=made.version,
        by=by,
        at=at,
        document={**agreements.document_of(made.terms), "ended_on": on, "reason": reason},
    )
    return made
