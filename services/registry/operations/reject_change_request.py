"""Reject a change that somebody asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.change_requests import (
    ChangeRequest,
    ChangeRequestState,
    check_open,
    check_second_person,
)
from services.registry.domain.rights import Actor
from services.registry.store import change_requests


async def reject_change_request(
    session: AsyncSession, person_id: UUID, request_id: UUID, *, reason: str, by: Actor, at: datetime
) -> ChangeRequest:
    """Return the request as rejected; the person stays as she is known.

    Raises:
        ChangeRequestNotFoundError: The person has no such request.
        ChangeRequestClosedError: It is decided, withdrawn or expired.
        SecondPersonRequiredError: Who rejects is, or may be, the one who proposed: she withdraws.
    """
    request = await change_requests.find(session, person_id, request_id, to_change=True)
    check_open(request, at)
    check_second_person(request, by)
    return await change_requests.decide(session, request_id, ChangeRequestState.REJECTED, by=by, at=at, reason=reason)
