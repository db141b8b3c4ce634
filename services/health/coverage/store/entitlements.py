"""Entitlements. The database has the last word on overlap: two requests race, one wins."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Row, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain.facts import HeldCover
from services.health.coverage.domain.records import Entitlement, EntitlementDraft
from services.health.coverage.store.determinations import of_organisation
from services.health.coverage.store.ranges import period_of, range_of
from services.health.coverage.store.tables import determination, entitlement, person_facts
from services.kit.walls import open_to
from services.kit.withholding import Viewer

MOST_HELD = 50


async def add(session: AsyncSession, draft: EntitlementDraft) -> Entitlement:
    """Open a right.

    Raises:
        IntegrityError: `uq_entitlement_person_id_scheme_valid` when one is open in the scheme on some of the days.
    """
    made = await session.execute(
        insert(entitlement)
        .values(
            person_id=draft.person_id,
            scheme=draft.scheme,
            valid=range_of(draft.period),
            end_reason=draft.end_reason,
            contribution_mad_month=draft.contribution_mad_month,
            determination_id=draft.determination_id,
            opened_at=draft.opened_at,
        )
        .returning(entitlement.c.id)
    )
    return Entitlement(made.scalar_one(), draft)


async def held_on(session: AsyncSession, person_id: UUID, on: date) -> tuple[HeldCover, ...]:
    """Return the cover that a person holds on a day, in a fixed order."""
    rows = await session.execute(
        select(entitlement.c.scheme, entitlement.c.valid)
        .where(entitlement.c.person_id == person_id, entitlement.c.valid.contains(on))
        .order_by(entitlement.c.id)
        .limit(MOST_HELD)
    )
    return tuple(HeldCover(row.scheme, period_of(row.valid)) for row in rows)


async def of_person(
    session: AsyncSession,
    person_id: UUID,
    *,
    before: UUID | None = None,
    on: date | None = None,
    limit: int,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Sequence[Entitlement]:
    """Return a person's entitlements, the newest first.

    Args:
        session: The transaction.
        person_id: Of whom.
        before: Only those older than this one.
        on: Only those that hold on this day.
        limit: The most to return.
        organisation: Only those that its own determinations opened; None for everybody's.
        viewer: Who looks; None for the service itself.
    """
    wanted = select(entitlement).where(
        entitlement.c.person_id == person_id, *open_to(viewer, entitlement.c.person_id, person_facts)
    )
    if organisation is not None:
        wanted = wanted.join(determination).where(*of_organisation(organisation))
    if before is not None:
        wanted = wanted.where(entitlement.c.id < before)
    if on is not None:
        wanted = wanted.where(entitlement.c.valid.contains(on))
    rows = await session.execute(wanted.order_by(entitlement.c.id.desc()).limit(limit))
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Entitlement:
    draft = EntitlementDraft(
        person_id=row.person_id,
        scheme=row.scheme,
        period=period_of(row.valid),
        end_reason=row.end_reason,
        contribution_mad_month=row.contribution_mad_month,
        determination_id=row.determination_id,
        opened_at=row.opened_at,
    )
    return Entitlement(row.id, draft)
