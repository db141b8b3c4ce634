"""Withdraw a change that one has asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.change_requests import (
    ChangeRequest,
    ChangeRequestState,
    NotTheProposerError,
    check_open,
)
from services.registry.domain.rights import Actor
from services.registry.store import change_requests


async def withdraw_change_request(
    session: AsyncSession, person_id: UUID, request_id: UUID, *, reason: str | None, by: Actor, at: datetime
) -> ChangeRequest:
    """Return the request as withdrawn.

    Raises:
        ChangeRequestNotFoundError: The person has no such request.
        ChangeRequestClosedError: It is decided, withdrawn or expired.
        NotTheProposerError: Somebody else has asked for it.
    """
    request = await change_requests.find(session, person_id, request_id, to_change=True)
    check_open(request, at)
    if by.subject != request.proposed_by.subject:
        raise NotTheProposerError
    return await change_requests.decide(session, request_id, ChangeRequestState.WITHDRAWN, by=by, at=at, reason=reason)
