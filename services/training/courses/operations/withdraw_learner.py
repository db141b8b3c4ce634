"""Withdraw a learner."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.enrolments import Enrolment, State, move
from services.training.courses.domain.errors import EnrolmentNotFoundError
from services.training.courses.store import applications, enrolments


async def withdraw_learner(session: AsyncSession, enrolment_id: UUID, *, reason: str | None, at: datetime) -> Enrolment:
    """Give a learner's seat back and end her application; she comes back by a new one.

    Raises:
        EnrolmentNotFoundError: There is none.
        TransitionRefusedError: The seat was given back before.
    """
    enrolment = await enrolments.find(session, enrolment_id, to_change=True)
    if enrolment is None:
        raise EnrolmentNotFoundError
    move(enrolment.state, State.WITHDRAWN)
    await applications.move(session, enrolment.application_id, State.WITHDRAWN)
    return await enrolments.give_back_seat(session, enrolment, reason=reason, at=at)
