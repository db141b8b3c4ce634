"""Amend a session: its dates, place, capacity or state."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.kit.periods import Period
from services.training.courses.domain.catalogue import Session, SessionDraft, SessionState, check_amendment
from services.training.courses.domain.errors import SessionNotFoundError, UnitUnknownError
from services.training.courses.store import applications, changes, enrolments, institutions, sessions

CANCELLED = "SESSION_CANCELLED"
"""Why the seats of a cancelled session were given back."""


async def amend_session(
    session: AsyncSession, session_id: UUID, draft: SessionDraft, *, version: int, at: datetime
) -> Session:
    """Replace what the catalogue says of a session.

    New dates move the days of those who sit on it, and are refused where that would overlap another course of theirs.
    A cancelled session gives back every seat and ends every application. Enrolments lock the session last and this
    locks it first: where the two cross, the database ends one of them and its caller is asked to try again.

    Args:
        session: The transaction.
        session_id: Which one.
        draft: All that is to be said of it, the unchanged too; with its place.
        version: The version that the change was made on.
        at: Instant of the change.

    Raises:
        SessionNotFoundError: There is none.
        VersionConflictError: It was amended since.
        TransitionRefusedError: It was cancelled.
        CapacityBelowEnrolledError: More seats are taken than would be left.
        UnitUnknownError: The prefecture or province is not one of the region.
    """
    current = await sessions.find(session, session_id, to_change=True)
    if current is None:
        raise SessionNotFoundError
    if current.version != version:
        raise VersionConflictError
    check_amendment(current, draft)
    if not await institutions.is_unit_of(session, draft.region or "", draft.unit or ""):
        raise UnitUnknownError
    if draft.state is SessionState.CANCELLED:
        await _end_all(session, session_id, at)
    elif (draft.starts_on, draft.ends_on) != (current.starts_on, current.ends_on):
        await enrolments.reschedule(session, session_id, Period(draft.starts_on, draft.ends_on))
    amended = await sessions.amend(session, session_id, draft)
    cancelled = draft.state is SessionState.CANCELLED
    await changes.tell_of_session(session, changes.CANCELLED if cancelled else changes.AMENDED, amended)
    return amended


async def _end_all(session: AsyncSession, session_id: UUID, at: datetime) -> None:
    """Give back every seat and withdraw every application, and tell of each once: of the seat where there was one."""
    seats = await enrolments.give_back_all(session, session_id, reason=CANCELLED, at=at)
    ended = {each.id: each for each in await applications.withdraw_all(session, session_id)}
    for seat in seats:
        organisation = ended.pop(seat.application_id).organisation
        await changes.tell_of_enrolment(session, changes.LEARNER_WITHDRAWN, seat, organisation=organisation)
    for application in ended.values():
        await changes.tell_of_application(session, changes.APPLICATION_WITHDRAWN, application)
