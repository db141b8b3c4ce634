"""Organisations as rows: SQL in, records out."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.records import Organisation
from services.gateway.access.store.tables.clients import organisation as _organisation


async def add(session: AsyncSession, *, code: str, name: str, kind: str, at: datetime) -> Organisation | None:
    """Store an organisation; return None where its code is taken."""
    statement = (
        upsert(_organisation)
        .values(code=code, name=name, kind=kind, created_at=at)
        .on_conflict_do_nothing(index_elements=["code"])
        .returning(_organisation)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _record(row)


async def find(session: AsyncSession, partner_id: UUID, *, to_change: bool = False) -> Organisation | None:
    """Return an organisation; `to_change` locks its row until the transaction ends."""
    query = select(_organisation).where(_organisation.c.id == partner_id)
    row = (await session.execute(query.with_for_update(key_share=True) if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def find_by_code(session: AsyncSession, code: str) -> Organisation | None:
    """Return the organisation of a code."""
    row = (await session.execute(select(_organisation).where(_organisation.c.code == code))).one_or_none()
    return None if row is None else _record(row)


async def page(session: AsyncSession, *, after: str | None, limit: int) -> Sequence[Organisation]:
    """Return up to `limit` organisations by code, `after` the last one of the page before."""
    query = select(_organisation).order_by(_organisation.c.code).limit(limit)
    if after is not None:
        query = query.where(_organisation.c.code > after)
    return [_record(row) for row in await session.execute(query)]


async def amend(session: AsyncSession, partner_id: UUID, *, name: str, active: bool) -> Organisation:
    """Replace what is said of an organisation; its version goes up by one."""
    statement = (
        update(_organisation)
        .where(_organisation.c.id == partner_id)
        .values(name=name, active=active, version=_organisation.c.version + 1)
        .returning(_organisation)
    )
    return _record((await session.execute(statement)).one())


def _record(row: Row[Any]) -> Organisation:
    return Organisation(row.id, row.code, row.name, row.kind, row.active, row.version)
