"""Answer a person who says that something about her is wrong."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.change_requests import ChangeRequestState
from services.registry.domain.rectifications import (
    ChangeRequestNotApprovedError,
    Rectification,
    RectificationState,
    check_unanswered,
    recipients_of,
)
from services.registry.store import change_requests, rectifications


async def answer_rectification(  # the answer, and what it rests on
    session: AsyncSession,
    person_id: UUID,
    rectification_id: UUID,
    *,
    outcome: RectificationState,
    reasons: str,
    change_request_id: UUID | None,
    pseudonym: str,
    act: Act,
) -> Rectification:
    """Return the request as answered, with who has read what is now put right and is to be told.

    Args:
        session: The request's transaction.
        person_id: Whose.
        rectification_id: Which.
        outcome: Accepted, partly accepted, refused or withdrawn.
        reasons: For her to read.
        change_request_id: The change that puts it right, where a second person had to approve one.
        pseudonym: What the audit trail calls her.
        act: Who answers, when.

    Raises:
        RectificationNotFoundError: The person has made no such request.
        RectificationAnsweredError: It has its answer.
        ChangeRequestNotFoundError: The change is not hers.
        ChangeRequestNotApprovedError: It is not approved.
    """
    found = await rectifications.find(session, person_id, rectification_id, to_change=True)
    check_unanswered(found)
    if change_request_id is not None:
        await _require_approved(session, person_id, change_request_id)
    told = None
    if outcome in {RectificationState.ACCEPTED, RectificationState.PARTLY_ACCEPTED}:
        accesses = await rectifications.accesses(session, pseudonym)
        told = [one.document() for one in recipients_of(accesses, but=act.source.organisation)]
    return await rectifications.answer(
        session,
        rectification_id,
        {
            "state": outcome.value,
            "reasons": reasons,
            "change_request_id": change_request_id,
            "answered_on": act.today,
            "answered_at": act.at,
            "answered_by": act.source.received_by,
            "recipients": told,
        },
    )


async def _require_approved(session: AsyncSession, person_id: UUID, change_request_id: UUID) -> None:
    request = await change_requests.find(session, person_id, change_request_id)
    if request.state is not ChangeRequestState.APPROVED:
        raise ChangeRequestNotApprovedError
