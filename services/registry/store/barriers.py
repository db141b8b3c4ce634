"""Barriers, as they are stored."""

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.barriers import Barrier, BarrierNotFoundError, LiftProposal
from services.registry.domain.rights import Actor
from services.registry.store.driver import driver

_COLUMNS = (
    "protected_id, from_id, organisation, placed_by, since, reason, lift_reason, lift_proposed_by,"
    " lift_proposed_client, lift_proposed_at, lifted_by, lifted_at, id"
)
_PLACE = """
INSERT INTO barrier (protected_id, from_id, organisation, placed_by, since, reason)
SELECT pair.protected_id, pair.from_id, $3, $4, $5, $6
FROM unnest($1::uuid[], $2::uuid[]) AS pair (protected_id, from_id)
ON CONFLICT (protected_id, from_id) WHERE lifted_at IS NULL DO NOTHING
RETURNING protected_id
"""


async def place(
    session: AsyncSession, found: Sequence[tuple[UUID, UUID]], *, by: Actor, at: datetime, reason: str | None
) -> set[UUID]:
    """Place barriers; one that stands already stays as it is. Return who is protected by a new one.

    Args:
        session: The request's transaction.
        found: (who is protected, from whom).
        by: Who places them; her organisation becomes the team that may lift them.
        at: Since when.
        reason: As given.
    """
    protected, others = [one for one, _ in found], [other for _, other in found]
    rows = await (await driver(session)).fetch(_PLACE, protected, others, by.organisation, by.subject, at, reason)
    return {row[0] for row in rows}


async def standing(
    session: AsyncSession, protected: Collection[UUID], organisation: str | None = None
) -> list[Barrier]:
    """Return the barriers that stand around persons, oldest first; with an organisation those of its team alone."""
    rows = await (await driver(session)).fetch(
        f"SELECT {_COLUMNS} FROM barrier WHERE protected_id = ANY($1::uuid[]) AND lifted_at IS NULL"
        " AND ($2::text IS NULL OR organisation = $2) ORDER BY since, id",
        list(protected),
        organisation,
    )
    return [_barrier(row) for row in rows]


async def protected_from(session: AsyncSession, from_ids: Collection[UUID]) -> dict[UUID, frozenset[str]]:
    """Return who is protected from any of the persons, each with the teams that protect her."""
    rows = await (await driver(session)).fetch(
        "SELECT protected_id, array_agg(organisation) FROM barrier"
        " WHERE from_id = ANY($1::uuid[]) AND lifted_at IS NULL GROUP BY protected_id",
        list(from_ids),
    )
    return {row[0]: frozenset(row[1]) for row in rows}


async def apart(session: AsyncSession, some: Collection[UUID], others: Collection[UUID]) -> bool:
    """Say whether a barrier stands between one of some persons and one of others, whoever of the two it protects."""
    found = await (await driver(session)).fetchval(
        "SELECT EXISTS (SELECT 1 FROM barrier WHERE lifted_at IS NULL"
        " AND (protected_id = ANY($1::uuid[]) AND from_id = ANY($2::uuid[])"
        " OR protected_id = ANY($2::uuid[]) AND from_id = ANY($1::uuid[])))",
        list(some),
        list(others),
    )
    return bool(found)


async def load_for_change(session: AsyncSession, barrier_id: UUID, organisation: str) -> Barrier:
    """Return a standing barrier of a team and hold it.

    Raises:
        BarrierNotFoundError: There is none, it is lifted, or another team's.
    """
    row = await (await driver(session)).fetchrow(
        f"SELECT {_COLUMNS} FROM barrier WHERE id = $1 AND organisation = $2 AND lifted_at IS NULL FOR UPDATE",
        barrier_id,
        organisation,
    )
    if row is None:
        raise BarrierNotFoundError
    return _barrier(row)


async def save(session: AsyncSession, barrier: Barrier) -> None:
    """Store what became of a barrier: that its lifting is proposed, or agreed."""
    proposal = barrier.proposal
    await (await driver(session)).execute(
        "UPDATE barrier SET lift_reason = $2, lift_proposed_by = $3, lift_proposed_client = $4, lift_proposed_at = $5,"
        " lifted_by = $6, lifted_at = $7 WHERE id = $1",
        barrier.id,
        proposal and proposal.reason,
        proposal and proposal.by.subject,
        proposal and proposal.by.client_id,
        proposal and proposal.at,
        barrier.lifted_by,
        barrier.lifted_at,
    )


def _barrier(row: asyncpg.Record) -> Barrier:
    proposal = None
    if row["lift_reason"] is not None:
        by = Actor(row["lift_proposed_by"], row["lift_proposed_client"], row["organisation"])
        proposal = LiftProposal(row["lift_reason"], by, row["lift_proposed_at"])
    return Barrier(
        protected_id=row["protected_id"],
        from_id=row["from_id"],
        organisation=row["organisation"],
        placed_by=row["placed_by"],
        since=row["since"],
        reason=row["reason"],
        proposal=proposal,
        lifted_by=row["lifted_by"],
        lifted_at=row["lifted_at"],
        id=row["id"],
    )
