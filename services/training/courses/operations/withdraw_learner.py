"""Withdraw a learner."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Viewer
from services.training.courses.domain.enrolments import Enrolment, State, move
from services.training.courses.domain.errors import EnrolmentNotFoundError
from services.training.courses.store import applications, changes, enrolments


async def withdraw_learner(
    session: AsyncSession,
    enrolment_id: UUID,
    *,
    reason: str | None,
    at: datetime,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Enrolment:
    """Give a learner's seat back and end her application; she comes back by a new one.

    Args:
        session: The transaction.
        enrolment_id: Which seat.
        reason: Why, in the learner's or the institution's words.
        at: Instant of the withdrawal.
        organisation: Whose enrolments alone are open to the caller; None for everybody's.
        viewer: Who asks, for the wall around protected persons.

    Raises:
        EnrolmentNotFoundError: There is none.
        TransitionRefusedError: The seat was given back before.
    """
    enrolment = await enrolments.find(session, enrolment_id, to_change=True, organisation=organisation, viewer=viewer)
    if enrolment is None:
        raise EnrolmentNotFoundError
    move(enrolment.state, State.WITHDRAWN)
    application = await applications.move(session, enrolment.application_id, State.WITHDRAWN)
    ended = await enrolments.give_back_seat(session, enrolment, reason=reason, at=at)
    await changes.tell_of_enrolment(session, changes.LEARNER_WITHDRAWN, ended, organisation=application.organisation)
    return ended
