"""What became of organisations, clients and agreements: every change with who made it, never altered afterwards."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor
from services.gateway.access.domain.records import RightsChange
from services.gateway.access.store.tables.agreements import rights_change as _change


async def add(
    session: AsyncSession,
    *,
    organisation_id: UUID,
    kind: str,
    target: str,
    version: int,
    by: Actor,
    at: datetime,
    document: Mapping[str, Any],
) -> None:
    """Store a change.

    Args:
        session: The transaction of the change.
        organisation_id: Whose rights.
        kind: What happened, such as `agreement_narrowed`.
        target: The id of what was changed.
        version: The version that it has now.
        by: Who did it.
        at: The instant of the change.
        document: What the target says now; never a secret.
    """
    await session.execute(
        insert(_change).values(
            organisation_id=organisation_id,
            kind=kind,
            target=target,
            version=version,
            at=at,
            subject=by.subject,
            client_id=by.client_id,
            request_id=by.request_id,
            document=dict(document),
        )
    )


async def page(
    session: AsyncSession, organisation_id: UUID, *, target: str | None, after: UUID | None, limit: int
) -> Sequence[RightsChange]:
    """Return up to `limit` changes of an organisation's rights in the order they were made."""
    query = select(_change).where(_change.c.organisation_id == organisation_id)
    if target is not None:
        query = query.where(_change.c.target == target)
    if after is not None:
        query = query.where(_change.c.id > after)
    rows = await session.execute(query.order_by(_change.c.id).limit(limit))
    return [
        RightsChange(
            row.id,
            row.kind,
            row.target,
            row.version,
            row.at,
            Actor(row.subject, row.client_id, row.request_id),
            row.document,
        )
        for row in rows
    ]
