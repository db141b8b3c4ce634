"""Determinations: kept as they were taken; a confirmation is added once."""

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain.records import Confirmation, Determination, DeterminationDraft
from services.health.coverage.store.tables import determination, entitlement, person_facts
from services.kit.walls import open_to
from services.kit.withholding import Viewer

_DRAFT = tuple(field.name for field in fields(DeterminationDraft))
_WITH_RIGHT = select(determination, entitlement.c.id.label("entitlement_id")).outerjoin_from(
    determination, entitlement, entitlement.c.determination_id == determination.c.id
)


def of_organisation(organisation: str | None) -> tuple[ColumnElement[bool], ...]:
    """Return what narrows determinations to those that an organisation has asked for; nothing for everybody's."""
    return () if organisation is None else (determination.c.organisation == organisation,)


def _open(organisation: str | None, viewer: Viewer | None) -> tuple[ColumnElement[bool], ...]:
    return (*of_organisation(organisation), *open_to(viewer, determination.c.person_id, person_facts))


async def add(session: AsyncSession, draft: DeterminationDraft) -> Determination:
    """Keep a determination."""
    values: Mapping[str, Any] = {name: getattr(draft, name) for name in _DRAFT}
    made = await session.execute(insert(determination).values(values).returning(determination.c.id))
    return Determination(made.scalar_one(), draft)


async def find(
    session: AsyncSession, determination_id: UUID, *, organisation: str | None = None, viewer: Viewer | None = None
) -> Determination | None:
    """Return a determination, of the organisation's own where one is named, or None."""
    wanted = _WITH_RIGHT.where(determination.c.id == determination_id, *_open(organisation, viewer))
    row = (await session.execute(wanted)).one_or_none()
    return None if row is None else _record(row)


async def find_and_lock(
    session: AsyncSession, determination_id: UUID, *, organisation: str | None = None, viewer: Viewer | None = None
) -> Determination | None:
    """Return a determination that nobody else changes before this transaction ends, or None; as `find` does."""
    wanted = _WITH_RIGHT.where(determination.c.id == determination_id, *_open(organisation, viewer))
    row = (await session.execute(wanted.with_for_update(of=determination))).one_or_none()
    return None if row is None else _record(row)


async def confirm(session: AsyncSession, determination_id: UUID, confirmation: Confirmation) -> None:
    """Add the confirmation."""
    await session.execute(
        update(determination)
        .where(determination.c.id == determination_id, determination.c.confirmed_at.is_(None))
        .values(
            confirmed_at=confirmation.at, confirmed_by=confirmation.by, confirmed_for=confirmation.organisation
        )
    )  # fmt: skip


async def of_person(
    session: AsyncSession,
    person_id: UUID,
    *,
    before: UUID | None,
    limit: int,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Sequence[Determination]:
    """Return a person's determinations, the newest first.

    Args:
        session: The transaction.
        person_id: Of whom.
        before: Only those older than this one.
        limit: The most to return.
        organisation: Whose determinations alone; None for everybody's.
        viewer: Who looks; None for the service itself.
    """
    wanted = _WITH_RIGHT.where(determination.c.person_id == person_id, *_open(organisation, viewer))
    if before is not None:
        wanted = wanted.where(determination.c.id < before)
    rows = await session.execute(wanted.order_by(determination.c.id.desc()).limit(limit))
    return [_record(row) for row in rows]


def _record(row: Row[Any]) -> Determination:
    draft = DeterminationDraft(**{name: getattr(row, name) for name in _DRAFT})
    confirmation = (
        None if row.confirmed_at is None else Confirmation(row.confirmed_at, row.confirmed_by, row.confirmed_for)
    )
    return Determination(row.id, draft, confirmation, row.entitlement_id)
