"""Programmes as rows."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.catalogue import Level, Mode, Programme, ProgrammeDraft
from services.training.courses.store.owners import of_programmes
from services.training.courses.store.tables import institution, programme


async def add(session: AsyncSession, draft: ProgrammeDraft, *, at: datetime) -> Programme:
    """Store a new programme."""
    statement = insert(programme).values(**asdict(draft), created_at=at).returning(programme)
    return _record((await session.execute(statement)).one())


async def find(
    session: AsyncSession, programme_id: UUID, *, to_change: bool = False, organisation: str | None = None
) -> Programme | None:
    """Return a programme, of the organisation's institutions where one is named; `to_change` locks its row."""
    query = select(programme).where(programme.c.id == programme_id, *of_programmes(organisation))
    row = (await session.execute(query.with_for_update(key_share=True) if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def amend(session: AsyncSession, programme_id: UUID, draft: ProgrammeDraft) -> Programme:
    """Replace what is said of a programme; its version goes up by one."""
    statement = (
        update(programme)
        .where(programme.c.id == programme_id)
        .values(**asdict(draft), version=programme.c.version + 1)
        .returning(programme)
    )
    return _record((await session.execute(statement)).one())


async def page(
    session: AsyncSession,
    *,
    region: str | None,
    level: Level | None,
    mode: Mode | None,
    institution_id: UUID | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Programme]:
    """Return up to `limit` programmes in the order they were published, `after` the last one of the page before.

    The region is that of the institution.
    """
    query = select(programme).order_by(programme.c.id).limit(limit)
    wanted = {programme.c.level: level, programme.c.mode: mode, programme.c.institution_id: institution_id}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if region is not None:
        query = query.join(institution).where(institution.c.region == region)
    if after is not None:
        query = query.where(programme.c.id > after)
    return [_record(row) for row in await session.execute(query)]


def _record(row: Any) -> Programme:
    return Programme(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
