"""Institutions as rows."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.catalogue import Institution, InstitutionDraft, InstitutionKind
from services.training.courses.store.owners import of_institutions
from services.training.courses.store.tables import institution, unit

_COLUMNS = [column for column in institution.c if column.name != "organisation"]
"""The record's; whose an institution is stays in the store."""


async def is_unit_of(session: AsyncSession, region: str, code: str) -> bool:
    """Say whether the prefecture or province is one of that region."""
    query = select(unit.c.code).where(unit.c.region == region, unit.c.code == code)
    return await session.scalar(query) is not None


async def add(session: AsyncSession, draft: InstitutionDraft, *, organisation: str, at: datetime) -> Institution:
    """Store a new institution as the organisation's that publishes it."""
    values = {**asdict(draft), "organisation": organisation, "created_at": at}
    statement = insert(institution).values(values).returning(*_COLUMNS)
    return _record((await session.execute(statement)).one())


async def find(
    session: AsyncSession, institution_id: UUID, *, to_change: bool = False, organisation: str | None = None
) -> Institution | None:
    """Return an institution; `to_change` locks its row until the transaction ends.

    Args:
        session: The transaction.
        institution_id: Which one.
        to_change: Whether it is about to be changed.
        organisation: Whose institutions alone are looked through; None for everybody's.
    """
    query = select(*_COLUMNS).where(institution.c.id == institution_id, *of_institutions(organisation))
    row = (await session.execute(query.with_for_update(key_share=True) if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def amend(session: AsyncSession, institution_id: UUID, draft: InstitutionDraft) -> Institution:
    """Replace what is said of an institution; its version goes up by one."""
    statement = (
        update(institution)
        .where(institution.c.id == institution_id)
        .values(**asdict(draft), version=institution.c.version + 1)
        .returning(*_COLUMNS)
    )
    return _record((await session.execute(statement)).one())


async def page(
    session: AsyncSession,
    *,
    region: str | None,
    unit_code: str | None,
    kind: InstitutionKind | None,
    after: UUID | None,
    limit: int,
) -> Sequence[Institution]:
    """Return up to `limit` institutions in the order they were published, `after` the last one of the page before."""
    query = select(*_COLUMNS).order_by(institution.c.id).limit(limit)
    wanted = {institution.c.region: region, institution.c.unit: unit_code, institution.c.kind: kind}
    query = query.where(*(column == value for column, value in wanted.items() if value is not None))
    if after is not None:
        query = query.where(institution.c.id > after)
    return [_record(row) for row in await session.execute(query)]


def _record(row: Any) -> Institution:
    return Institution(**row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for a row as a mapping
