"""Changes that wait for a second pair of eyes, as rows: SQL in, records out."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.change_requests import (
    ChangeRequest,
    ChangeRequestNotFoundError,
    ChangeRequestState,
)
from services.registry.domain.rights import Actor
from services.registry.store.tables.change_requests import change_request as _table
from services.registry.store.tables.register import person as _person


async def registration(session: AsyncSession, person_id: UUID) -> tuple[datetime, str]:
    """Return when a person was registered, and by which organisation."""
    row = (
        await session.execute(select(_person.c.created_at, _person.c.organisation).where(_person.c.id == person_id))
    ).one()
    return row.created_at, row.organisation


async def add(session: AsyncSession, values: Mapping[str, Any], *, by: Actor) -> ChangeRequest:
    """Store a request; `values` are the columns that say what is asked for."""
    statement = (
        insert(_table)
        .values(
            state=ChangeRequestState.PROPOSED.value,
            proposed_by=by.subject,
            proposed_client=by.client_id,
            proposed_organisation=by.organisation,
            **values,
        )
        .returning(_table)
    )
    return _record((await session.execute(statement)).one())


async def find(session: AsyncSession, person_id: UUID, request_id: UUID, *, to_change: bool = False) -> ChangeRequest:
    """Return a request; `to_change` locks its row until the transaction ends.

    Raises:
        ChangeRequestNotFoundError: The person has no such request.
    """
    query = select(_table).where(_table.c.id == request_id, _table.c.person_id == person_id)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    if row is None:
        raise ChangeRequestNotFoundError
    return _record(row)


async def page(session: AsyncSession, person_id: UUID, *, before: UUID | None, limit: int) -> Sequence[ChangeRequest]:
    """Return up to `limit` requests of a person, newest first, `before` the last one of the page before."""
    query = select(_table).where(_table.c.person_id == person_id).order_by(_table.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(_table.c.id < before)
    return [_record(row) for row in await session.execute(query)]


async def decide(
    session: AsyncSession,
    request_id: UUID,
    state: ChangeRequestState,
    *,
    by: Actor,
    at: datetime,
    reason: str | None,
    applied_version: int | None = None,
) -> ChangeRequest:
    """Store what became of a request."""
    statement = (
        update(_table)
        .where(_table.c.id == request_id)
        .values(
            state=state.value,
            decided_by=by.subject,
            decided_client=by.client_id,
            decided_organisation=by.organisation,
            decided_at=at,
            decision_reason=reason,
            applied_version=applied_version,
        )
        .returning(_table)
    )
    return _record((await session.execute(statement)).one())


def _record(row: Row[Any]) -> ChangeRequest:
    decided = None
    if row.decided_by is not None:
        decided = Actor(row.decided_by, row.decided_client, row.decided_organisation)
    return ChangeRequest(
        id=row.id,
        person_id=row.person_id,
        state=ChangeRequestState(row.state),
        patch=row.patch,
        before=row.before,
        after=row.after,
        reason=row.reason,
        documents=tuple(row.documents),
        base_version=row.base_version,
        proposed_by=Actor(row.proposed_by, row.proposed_client, row.proposed_organisation),
        proposed_at=row.proposed_at,
        expires_at=row.expires_at,
        decided_by=decided,
        decided_at=row.decided_at,
        decision_reason=row.decision_reason,
        applied_version=row.applied_version,
    )
