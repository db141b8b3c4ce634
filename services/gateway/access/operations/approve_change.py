"""Approve what somebody else has proposed, and let it take effect."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval, ApprovalState, check_second_person
from services.gateway.access.domain.errors import UnknownPartnerError
from services.gateway.access.store import approvals

Effect = Callable[[AsyncSession, Approval, Actor, datetime], Awaitable[None]]
"""What happens in the transaction of a decision; raises where the target has changed so that it cannot."""


async def approve_change(
    session: AsyncSession, approval_id: UUID, *, by: Actor, effects: Mapping[str, Effect], at: datetime
) -> Approval:
    """Return the proposal as approved, its effect in place.

    Two who approve at once: the second waits for the first's transaction and is told that it is decided.

    Args:
        session: The transaction.
        approval_id: Which proposal.
        by: Who approves.
        effects: What each kind of proposal does once approved.
        at: The instant of the decision.

    Raises:
        UnknownPartnerError: There is no such proposal.
        AlreadyDecidedError: It is no longer open.
        SecondPersonRequiredError: The approver is, or may be, the one who proposed it.
    """
    found = await approvals.find(session, approval_id, to_change=True)
    if found is None:
        raise UnknownPartnerError
    shown = await approvals.handed_to(session, by.client_id, at=at) if by.is_machine else ()
    check_second_person(found, by, handed_to=shown)
    decided = await approvals.decide(session, approval_id, ApprovalState.APPROVED, by=by, at=at)
    await effects[decided.proposal.kind](session, decided, by, at)
    return decided
