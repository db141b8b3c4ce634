"""Enrol a learner."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.kit.withholding import Viewer
from services.training.courses.domain.enrolments import Enrolment, State, check_enrolment
from services.training.courses.domain.errors import (
    ApplicationNotFoundError,
    OverlappingCourseError,
    SessionFullError,
)
from services.training.courses.store import applications, changes, enrolments, sessions


async def enrol_learner(
    session: AsyncSession,
    application_id: UUID,
    *,
    at: datetime,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Enrolment:
    """Give an admissible applicant a seat.

    Whoever meets a full session is told so before any lock; the rest wait for the seat's row only once everything
    else is written. The database's CHECK and exclusion constraint judge what raced past these questions.

    Args:
        session: The transaction.
        application_id: Whose.
        at: Instant of the enrolment.
        organisation: Whose applications alone are open to the caller; None for everybody's.
        viewer: Who asks, for the wall around protected persons.

    Raises:
        ApplicationNotFoundError: There is none.
        TransitionRefusedError: It has its seat already, or was withdrawn.
        NotAdmissibleError: It is not admissible, or not yet.
        SessionNotOpenError: The session was closed or cancelled.
        SessionFullError: Every seat is taken.
        OverlappingCourseError: She holds a seat on a course whose days overlap.
    """
    application = await applications.find(
        session, application_id, to_change=True, organisation=organisation, viewer=viewer
    )
    offered = None if application is None else await sessions.find(session, application.session_id)
    if application is None or offered is None:
        raise ApplicationNotFoundError
    check_enrolment(application, offered)
    if offered.seats_taken >= offered.capacity:
        raise SessionFullError(capacity=offered.capacity)
    period = Period(offered.starts_on, offered.ends_on)
    if await enrolments.overlaps(session, person_id=application.person_id, period=period):
        raise OverlappingCourseError
    await applications.move(session, application_id, State.ENROLLED)
    enrolment = await enrolments.take_seat(session, application, at=at)
    if enrolment is None:
        raise SessionFullError(capacity=offered.capacity)
    await changes.tell_of_enrolment(session, changes.ENROLLED, enrolment, organisation=application.organisation)
    return enrolment
