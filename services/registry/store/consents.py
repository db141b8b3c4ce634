"""Consents as rows: SQL in, records out."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.consents import Channel, Consent, ConsentNotFoundError, Giver
from services.registry.store.tables.rights import consent as _table


async def add(session: AsyncSession, values: Mapping[str, Any]) -> Consent:
    """Store a consent."""
    return _record((await session.execute(insert(_table).values(**values).returning(_table))).one())


async def find(session: AsyncSession, person_id: UUID, consent_id: UUID, *, to_change: bool = False) -> Consent:
    """Return a consent; `to_change` locks its row until the transaction ends.

    Raises:
        ConsentNotFoundError: The person has given no such consent.
    """
    query = select(_table).where(_table.c.id == consent_id, _table.c.person_id == person_id)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    if row is None:
        raise ConsentNotFoundError
    return _record(row)


async def page(session: AsyncSession, person_id: UUID, *, before: UUID | None, limit: int) -> Sequence[Consent]:
    """Return up to `limit` consents of a person, newest first, `before` the last one of the page before."""
    query = select(_table).where(_table.c.person_id == person_id).order_by(_table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_table.c.id < before)
    return [_record(row) for row in await session.execute(query)]


async def replace_live(
    session: AsyncSession, person_id: UUID, purpose: str, recipient: str | None, *, at: datetime, on: date
) -> None:
    """End the live consent for a purpose and recipient, because a new one takes its place."""
    await session.execute(
        update(_table)
        .where(
            _table.c.person_id == person_id,
            _table.c.purpose == purpose,
            func.coalesce(_table.c.recipient, "") == (recipient or ""),
            _table.c.ended_at.is_(None),
        )
        .values(ended_at=at, ended_on=on, end="replaced")
    )


async def withdraw(session: AsyncSession, consent_id: UUID, values: Mapping[str, Any]) -> Consent:
    """Store the end of a consent: when, why, how, and with which effects."""
    statement = update(_table).where(_table.c.id == consent_id).values(end="withdrawn", **values).returning(_table)
    return _record((await session.execute(statement)).one())


def _record(row: Row[Any]) -> Consent:
    return Consent(
        id=row.id,
        person_id=row.person_id,
        number=row.number,
        purpose=row.purpose,
        recipient=row.recipient,
        notice_code=row.notice_code,
        notice_version=row.notice_version,
        language=row.language,
        channel=Channel(row.channel),
        given_by=Giver(row.given_by),
        given_on=row.given_on,
        expires_on=row.expires_on,
        documents=tuple(row.documents),
        recorded_at=row.recorded_at,
        organisation=row.organisation,
        end=row.end,
        ended_at=row.ended_at,
        ended_on=row.ended_on,
        end_reason=row.end_reason,
        end_channel=Channel(row.end_channel) if row.end_channel else None,
        effects=tuple(row.effects or ()),
    )
