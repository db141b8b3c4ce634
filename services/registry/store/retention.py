"""What has been kept for too long, and the proposals to erase it.

Last contact is the last version of a record, or the end of a title that runs on: whoever holds one is here. Departures
are not told to the register.
"""

from collections.abc import Sequence
from dataclasses import fields
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.erasures import (
    ErasureReason,
    ErasureState,
    ProposalNotFoundError,
    ProposalState,
    RetentionProposal,
)
from services.registry.store.civil_days import civil_day
from services.registry.store.tables.erasure import retention_proposal

_COLUMNS = [retention_proposal.c[field.name] for field in fields(RetentionProposal)]
_DUE = """
    p.recorded_at < :before AND (CAST(:rows_of AS text) IS NULL OR p.organisation = :rows_of)
    AND NOT EXISTS (SELECT FROM permit t WHERE t.person_id = p.id AND upper_inf(t.known)
        AND (upper(t.valid) IS NULL OR upper(t.valid) > :before))"""
_HELD = "EXISTS (SELECT FROM legal_hold h WHERE h.person_id = p.id AND h.lifted_at IS NULL)"
_COUNT = f"""
    SELECT count(*) FILTER (WHERE NOT {_HELD}) AS due, count(*) FILTER (WHERE {_HELD}) AS held FROM person p
    WHERE {_DUE}"""
_PAGE = f"""
    SELECT p.id, {civil_day("p.recorded_at")} AS last_contact_on, {_HELD} AS held
    FROM person p WHERE {_DUE} AND (CAST(:after AS uuid) IS NULL OR p.id > :after) ORDER BY p.id LIMIT :limit"""
_CONFIRM = f"""
    INSERT INTO erasure
        (person_id, reason, state, organisation, proposed_by, proposed_at, confirmed_by, confirmed_at, job_id)
    SELECT p.id, '{ErasureReason.RETENTION}', '{ErasureState.CONFIRMED}', r.organisation, r.proposed_by, r.proposed_at,
        r.confirmed_by, r.confirmed_at, r.job_id
    FROM person p, retention_proposal r
    WHERE r.id = :proposal AND {_DUE} AND NOT {_HELD}
        AND NOT EXISTS (SELECT FROM erasure e WHERE e.person_id = p.id AND e.state <> '{ErasureState.WITHDRAWN}')
    ORDER BY p.id LIMIT :limit RETURNING id"""


async def count(session: AsyncSession, *, before: date, rows_of: str | None) -> tuple[int, int]:
    """Return how many persons are due, and how many more would be but for a hold."""
    row = (await session.execute(text(_COUNT), {"before": before, "rows_of": rows_of})).one()
    return row.due, row.held


async def due(
    session: AsyncSession, *, before: date, rows_of: str | None, after: UUID | None, limit: int
) -> Sequence[Any]:
    """Return those who are due: id, last contact, whether held; in the order of ids."""
    values = {"before": before, "rows_of": rows_of, "after": after, "limit": limit}
    return (await session.execute(text(_PAGE), values)).all()


async def confirm_some(session: AsyncSession, proposal: RetentionProposal, *, limit: int) -> list[UUID]:
    """Make confirmed erasures of some who are due under a proposal and have none; return their ids."""
    values = {"proposal": proposal.id, "before": proposal.before, "rows_of": proposal.rows_of, "limit": limit}
    return list(await session.scalars(text(_CONFIRM), values))


async def unfinished(session: AsyncSession, job_id: str) -> list[UUID]:
    """Return the erasures of a job that are confirmed and not carried out."""
    wanted = "SELECT id FROM erasure WHERE job_id = :job AND state = :state ORDER BY id"
    values = {"job": job_id, "state": ErasureState.CONFIRMED.value}
    return list(await session.scalars(text(wanted), values))


async def done(session: AsyncSession, job_id: str) -> int:
    """Return how many erasures of a job are carried out."""
    wanted = "SELECT count(*) FROM erasure WHERE job_id = :job AND state = :state"
    return int(await session.scalar(text(wanted), {"job": job_id, "state": ErasureState.ERASED.value}) or 0)


async def add(  # the columns of a row
    session: AsyncSession,
    *,
    data_class: str,
    months: int,
    before: date,
    counted: tuple[int, int],
    rows_of: str | None,
    organisation: str,
    by: str,
    at: datetime,
) -> RetentionProposal:
    """Store a proposal."""
    values = {
        "data_class": data_class,
        "months": months,
        "before": before,
        "due": counted[0],
        "held": counted[1],
        "rows_of": rows_of,
        "state": ProposalState.PROPOSED.value,
        "organisation": organisation,
        "proposed_by": by,
        "proposed_at": at,
    }
    return _record((await session.execute(insert(retention_proposal).values(values).returning(*_COLUMNS))).one())


async def find(
    session: AsyncSession, proposal_id: UUID, *, rows_of: str | None = None, lock: bool = False
) -> RetentionProposal:
    """Return a proposal; of one organisation's alone where one is named.

    Raises:
        ProposalNotFoundError: There is none.
    """
    wanted = select(*_COLUMNS).where(retention_proposal.c.id == proposal_id)
    if rows_of is not None:
        wanted = wanted.where(retention_proposal.c.organisation == rows_of)
    row = (await session.execute(wanted.with_for_update() if lock else wanted)).one_or_none()
    if row is None:
        raise ProposalNotFoundError
    return _record(row)


async def page(
    session: AsyncSession, *, rows_of: str | None, before: UUID | None, limit: int
) -> Sequence[RetentionProposal]:
    """Return proposals, the newest first."""
    wanted = select(*_COLUMNS).order_by(retention_proposal.c.id.desc()).limit(limit)
    if rows_of is not None:
        wanted = wanted.where(retention_proposal.c.organisation == rows_of)
    if before is not None:
        wanted = wanted.where(retention_proposal.c.id < before)
    return [_record(row) for row in await session.execute(wanted)]


async def change(session: AsyncSession, proposal_id: UUID, state: ProposalState, **values: Any) -> None:
    """Move a proposal on."""
    changed = update(retention_proposal).where(retention_proposal.c.id == proposal_id)
    await session.execute(changed.values(state=state.value, **values))


def _record(row: Any) -> RetentionProposal:
    said = dict(row._mapping)  # noqa: SLF001  # SQLAlchemy's public name for it
    return RetentionProposal(**{**said, "state": ProposalState(said["state"])})
