"""Sessions as rows; the seats themselves are taken in `enrolments`."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.catalogue import (
    Level,
    Programme,
    Session,
    SessionDraft,
    SessionOffer,
    SessionState,
)
from services.training.courses.store.owners import of_sessions
from services.training.courses.store.tables import course_session, programme

_PROGRAMME = tuple(field.name for field in fields(Programme))


@dataclass(frozen=True, slots=True)
class SessionFilter:
    """What a list of sessions is narrowed to; None does not narrow.

    Attributes:
        starts_from: Earliest first day.
    """

    region: str | None = None
    level: Level | None = None
    institution_id: UUID | None = None
    programme_id: UUID | None = None
    state: SessionState | None = None
    starts_from: date | None = None


async def add(session: AsyncSession, draft: SessionDraft, *, at: datetime) -> Session:
    """Store a new session with every seat free."""
    statement = insert(course_session).values(**asdict(draft), created_at=at).returning(course_session)
    return _record((await session.execute(statement)).one())


async def find(
    session: AsyncSession, session_id: UUID, *, to_change: bool = False, organisation: str | None = None
) -> Session | None:
    """Return a session, of the organisation's institutions where one is named; `to_change` locks its row."""
    query = select(course_session).where(course_session.c.id == session_id, *of_sessions(organisation))
    row = (await session.execute(query.with_for_update(key_share=True) if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def find_offer(session: AsyncSession, session_id: UUID) -> SessionOffer | None:
    """Return a session with its programme."""
    found = await find(session, session_id)
    if found is None:
        return None
    row = (await session.execute(select(programme).where(programme.c.id == found.programme_id))).one()
    return SessionOffer(found, Programme(**{name: getattr(row, name) for name in _PROGRAMME}))


async def amend(session: AsyncSession, session_id: UUID, draft: SessionDraft) -> Session:
    """Replace what is said of a session; its version goes up by one, its seats stay as they are."""
    statement = (
        update(course_session)
        .where(course_session.c.id == session_id)
        .values(**asdict(draft), version=course_session.c.version + 1)
        .returning(course_session)
    )
    return _record((await session.execute(statement)).one())


async def page(
    session: AsyncSession, wanted: SessionFilter, *, after: tuple[date, UUID] | None, limit: int
) -> Sequence[Session]:
    """Return up to `limit` sessions by first day, `after` the first day and id that the page before ended with."""
    query = select(course_session).order_by(course_session.c.starts_on, course_session.c.id).limit(limit)
    exact = {
        course_session.c.region: wanted.region,
        course_session.c.programme_id: wanted.programme_id,
        course_session.c.state: wanted.state,
        programme.c.level: wanted.level,
        programme.c.institution_id: wanted.institution_id,
    }
    query = query.where(*(column == value for column, value in exact.items() if value is not None))
    if wanted.level is not None or wanted.institution_id is not None:
        query = query.join(programme)
    if wanted.starts_from is not None:
        query = query.where(course_session.c.starts_on >= wanted.starts_from)
    if after is not None:
        query = query.where(tuple_(course_session.c.starts_on, course_session.c.id) > after)
    return [_record(row) for row in await session.execute(query)]


async def suggest(
    session: AsyncSession,
    *,
    levels: Sequence[Level],
    admission_rules: Sequence[str],
    region: str | None,
    on: date,
    limit: int,
) -> tuple[UUID, ...]:
    """Find open sessions with a free seat to orient somebody to: those of her region first, then the soonest.

    They start `on` that day or later, and their programme admits by one of the `levels`, or by one of the
    `admission_rules` whatever its level.
    """
    query = (
        select(course_session.c.id)
        .join(programme)
        .where(
            course_session.c.state == SessionState.OPEN,
            course_session.c.seats_taken < course_session.c.capacity,
            course_session.c.starts_on >= on,
            or_(
                programme.c.admission_rule.in_(admission_rules),
                (programme.c.admission_rule == "LEVEL") & programme.c.level.in_(levels),
            ),
        )
        .order_by(
            case((course_session.c.region == func.coalesce(region, ""), 0), else_=1),
            course_session.c.starts_on,
            course_session.c.id,
        )
        .limit(limit)
    )
    return tuple(await session.scalars(query))


def _record(row: Any) -> Session:
    return Session(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
