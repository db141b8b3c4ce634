"""Notices: what persons are told, by version."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.consents import Notice
from services.registry.store.tables.rights import notice as _table


async def in_force(session: AsyncSession, on: date, *, purpose: str | None, limit: int) -> Sequence[Notice]:
    """Return the notices of a day, in the order of their codes, newest version first."""
    query = (
        select(_table)
        .where(or_(_table.c.valid_from.is_(None), _table.c.valid_from <= on))
        .where(or_(_table.c.valid_to.is_(None), _table.c.valid_to >= on))
        .order_by(_table.c.code, _table.c.version.desc())
        .limit(limit)
    )
    if purpose is not None:
        query = query.where(_table.c.purpose == purpose)
    return [_record(row) for row in await session.execute(query)]


async def find(session: AsyncSession, code: str, version: int) -> Notice | None:
    """Return one version of a notice."""
    query = select(_table).where(_table.c.code == code, _table.c.version == version)
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> Notice:
    return Notice(
        row.code,
        row.version,
        row.purpose,
        {"fr": row.fr, "ar": row.ar, "en": row.en},
        Period(row.valid_from, row.valid_to),
        row.certainty,
        row.source,
    )
