"""Reject a proposal; whoever made it may withdraw it so herself."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval, ApprovalState
from services.gateway.access.domain.errors import AlreadyDecidedError, UnknownPartnerError
from services.gateway.access.operations.approve_change import Effect
from services.gateway.access.store import approvals


async def reject_change(
    session: AsyncSession,
    approval_id: UUID,
    *,
    reason: str | None,
    by: Actor,
    effects: Mapping[str, Effect],
    at: datetime,
) -> Approval:
    """Return the proposal as rejected; no right has grown.

    Args:
        session: The transaction.
        approval_id: Which proposal.
        reason: Why, for whoever proposed it.
        by: Who rejects.
        effects: What the rejection of some kinds does; nothing for the others.
        at: The instant of the decision.

    Raises:
        UnknownPartnerError: There is no such proposal.
        AlreadyDecidedError: It is no longer open.
    """
    found = await approvals.find(session, approval_id, to_change=True)
    if found is None:
        raise UnknownPartnerError
    if found.state is not ApprovalState.PROPOSED:
        raise AlreadyDecidedError
    decided = await approvals.decide(session, approval_id, ApprovalState.REJECTED, by=by, reason=reason, at=at)
    effect = effects.get(decided.proposal.kind)
    if effect is not None:
        await effect(session, decided, by, at)
    return decided
