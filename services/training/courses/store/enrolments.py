"""Enrolments as rows, and the seats they take and give back."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import func, insert, literal, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.kit.withholding import Viewer
from services.training.courses.domain.catalogue import SessionState
from services.training.courses.domain.enrolments import Application, Enrolment, State
from services.training.courses.store.owners import of_enrolments
from services.training.courses.store.ranges import period_of, range_of
from services.training.courses.store.tables import course_session, enrolment


async def take_seat(session: AsyncSession, application: Application, *, at: datetime) -> Enrolment | None:
    """Take a free seat and enrol the applicant in it, in one statement; None when the session is full or closed.

    The seat's row is the one that everybody waits for, so callers take it last: only the change, the audit row
    and the commit come after. The period is the locked row's, never that of an earlier read.
    """
    seat = (
        update(course_session)
        .where(
            course_session.c.id == application.session_id,
            course_session.c.state == SessionState.OPEN,
            course_session.c.seats_taken < course_session.c.capacity,
        )
        .values(seats_taken=course_session.c.seats_taken + 1)
        .returning(course_session.c.id, course_session.c.starts_on, course_session.c.ends_on)
        .cte("seat")
    )
    taken = select(
        literal(application.id),
        seat.c.id,
        literal(application.person_id),
        literal(State.ENROLLED.value),
        func.daterange(seat.c.starts_on, seat.c.ends_on, "[]"),
        literal(at),
    )
    statement = (
        insert(enrolment)
        .from_select(["application_id", "session_id", "person_id", "state", "period", "created_at"], taken)
        .returning(enrolment)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _record(row)


async def give_back_seat(session: AsyncSession, seat: Enrolment, *, reason: str | None, at: datetime) -> Enrolment:
    """End an enrolment and free its seat."""
    statement = (
        update(enrolment)
        .where(enrolment.c.id == seat.id)
        .values(state=State.WITHDRAWN, withdrawn_at=at, withdrawal_reason=reason, version=enrolment.c.version + 1)
        .returning(enrolment)
    )
    ended = _record((await session.execute(statement)).one())
    await session.execute(
        update(course_session)
        .where(course_session.c.id == seat.session_id)
        .values(seats_taken=course_session.c.seats_taken - 1)
    )
    return ended


async def give_back_all(session: AsyncSession, session_id: UUID, *, reason: str, at: datetime) -> Sequence[Enrolment]:
    """End every enrolment of a session that was cancelled, and free the seats; the session's row is locked."""
    ended = await session.execute(
        update(enrolment)
        .where(enrolment.c.session_id == session_id, enrolment.c.state == State.ENROLLED)
        .values(state=State.WITHDRAWN, withdrawn_at=at, withdrawal_reason=reason, version=enrolment.c.version + 1)
        .returning(enrolment)
    )
    await session.execute(update(course_session).where(course_session.c.id == session_id).values(seats_taken=0))
    return [_record(row) for row in ended]


async def reschedule(session: AsyncSession, session_id: UUID, period: Period) -> None:
    """Move the days of those who sit on a session whose dates changed."""
    await session.execute(
        update(enrolment)
        .where(enrolment.c.session_id == session_id, enrolment.c.state == State.ENROLLED)
        .values(period=range_of(period))
    )


async def overlaps(session: AsyncSession, *, person_id: UUID, period: Period) -> bool:
    """Say whether the person holds a seat on a course of which a day falls in the period."""
    query = select(enrolment.c.id).where(
        enrolment.c.person_id == person_id,
        enrolment.c.state == State.ENROLLED,
        enrolment.c.period.overlaps(range_of(period)),
    )
    return (await session.scalars(query.limit(1))).one_or_none() is not None


async def find(
    session: AsyncSession,
    enrolment_id: UUID,
    *,
    to_change: bool = False,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Enrolment | None:
    """Return an enrolment, of the organisation's own where one is named; `to_change` locks its row."""
    query = select(enrolment).where(enrolment.c.id == enrolment_id, *of_enrolments(organisation, viewer))
    row = (await session.execute(query.with_for_update(key_share=True) if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def page_of_person(
    session: AsyncSession,
    person_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Sequence[Enrolment]:
    """Return up to `limit` of a person's enrolments in the order they were made, `after` the last one of a page."""
    query = select(enrolment).where(enrolment.c.person_id == person_id, *of_enrolments(organisation, viewer))
    query = query.order_by(enrolment.c.id).limit(limit)
    if after is not None:
        query = query.where(enrolment.c.id > after)
    return [_record(row) for row in await session.execute(query)]


async def latest_of_person(
    session: AsyncSession, person_id: UUID, *, limit: int, organisation: str | None = None, viewer: Viewer | None = None
) -> Sequence[Enrolment]:
    """Return a person's enrolments, newest first; with an organisation, its own alone."""
    query = select(enrolment).where(enrolment.c.person_id == person_id, *of_enrolments(organisation, viewer))
    query = query.order_by(enrolment.c.id.desc()).limit(limit)
    return [_record(row) for row in await session.execute(query)]


def _record(row: Any) -> Enrolment:
    period = period_of(row.period)
    return Enrolment(
        id=row.id,
        application_id=row.application_id,
        session_id=row.session_id,
        person_id=row.person_id,
        state=row.state,
        starts_on=cast("date", period.start),  # bounded by ck_enrolment_period
        ends_on=cast("date", period.end),
        version=row.version,
        enrolled_at=row.created_at,
        withdrawn_at=row.withdrawn_at,
        withdrawal_reason=row.withdrawal_reason,
    )
