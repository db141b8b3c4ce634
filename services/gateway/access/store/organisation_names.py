"""Organisations' names, for those who tell a person who used her data."""

from collections.abc import Collection, Mapping

from sqlalchemy import any_, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.store.tables.clients import organisation


async def names_of(session: AsyncSession, codes: Collection[str]) -> Mapping[str, str]:
    """Return the names of organisations by code; a code that nobody bears is left out."""
    statement = select(organisation.c.code, organisation.c.name).where(
        organisation.c.code == any_(bindparam("codes", sorted(codes)))
    )
    return {row.code: row.name for row in await session.execute(statement)}
