"""Changes that wait for a second person, as rows: SQL in, records out."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, or_, select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.access.domain.approvals import Actor, Approval, ApprovalState, Proposal
from services.gateway.access.store.tables.agreements import approval as _approval
from services.gateway.access.store.tables.clients import client_secret as _secret


async def add(session: AsyncSession, proposal: Proposal, *, by: Actor, at: datetime) -> Approval | None:
    """Store a proposal; return None where one of its kind is open for the same target."""
    statement = (
        upsert(_approval)
        .values(
            kind=proposal.kind,
            target=proposal.target,
            organisation_id=proposal.organisation_id,
            payload=dict(proposal.payload),
            proposed_by=by.subject,
            proposed_client=by.client_id,
            proposed_at=at,
        )
        .on_conflict_do_nothing(index_elements=["kind", "target"], index_where=_approval.c.state == "proposed")
        .returning(_approval)
    )
    row = (await session.execute(statement)).one_or_none()
    return None if row is None else _record(row)


async def find(session: AsyncSession, approval_id: UUID, *, to_change: bool = False) -> Approval | None:
    """Return a proposal; `to_change` locks its row until the transaction ends."""
    query = select(_approval).where(_approval.c.id == approval_id)
    row = (await session.execute(query.with_for_update() if to_change else query)).one_or_none()
    return None if row is None else _record(row)


async def find_open(session: AsyncSession, kind: str, target: str) -> Approval | None:
    """Return the open proposal of a kind for a target, its row locked."""
    query = (
        select(_approval)
        .where(_approval.c.kind == kind, _approval.c.target == target, _approval.c.state == "proposed")
        .with_for_update()
    )
    row = (await session.execute(query)).one_or_none()
    return None if row is None else _record(row)


async def open_targets(session: AsyncSession, kinds: Iterable[str], targets: Iterable[str]) -> frozenset[str]:
    """Return those of the targets for which a proposal of one of the kinds is open."""
    query = select(_approval.c.target).where(
        _approval.c.kind.in_(list(kinds)), _approval.c.target.in_(list(targets)), _approval.c.state == "proposed"
    )
    return frozenset((await session.execute(query)).scalars())


async def page(
    session: AsyncSession,
    *,
    state: ApprovalState | None = None,
    organisation_id: UUID | None = None,
    after: UUID | None = None,
    limit: int,
) -> Sequence[Approval]:
    """Return up to `limit` proposals in the order they were made, `after` the last one of the page before."""
    query = select(_approval).order_by(_approval.c.id).limit(limit)
    if state is not None:
        query = query.where(_approval.c.state == state.value)
    if organisation_id is not None:
        query = query.where(_approval.c.organisation_id == organisation_id)
    if after is not None:
        query = query.where(_approval.c.id > after)
    return [_record(row) for row in await session.execute(query)]


async def decide(
    session: AsyncSession,
    approval_id: UUID,
    state: ApprovalState,
    *,
    by: Actor,
    reason: str | None = None,
    at: datetime,
) -> Approval:
    """Store what became of a proposal."""
    statement = (
        update(_approval)
        .where(_approval.c.id == approval_id)
        .values(state=state.value, decided_by=by.subject, decided_client=by.client_id, decided_at=at, reason=reason)
        .returning(_approval)
    )
    return _record((await session.execute(statement)).one())


async def handed_to(session: AsyncSession, client_id: str, *, at: datetime) -> frozenset[str]:
    """Return the subjects to whom a secret in force of a client was shown."""
    query = select(_secret.c.issued_to).where(
        _secret.c.client_id == client_id,
        _secret.c.issued_to.is_not(None),
        _secret.c.revoked_at.is_(None),
        or_(_secret.c.expires_at.is_(None), _secret.c.expires_at > at),
    )
    return frozenset((await session.execute(query)).scalars())


def _record(row: Row[Any]) -> Approval:
    decided = None if row.decided_by is None else Actor(row.decided_by, row.decided_client)
    return Approval(
        row.id,
        Proposal(row.kind, row.target, row.organisation_id, row.payload),
        ApprovalState(row.state),
        Actor(row.proposed_by, row.proposed_client),
        row.proposed_at,
        decided,
        row.decided_at,
        row.reason,
    )
