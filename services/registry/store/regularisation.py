"""Regularisation files: read, listed, held for change, saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select, update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Result
from services.registry.domain.regularisation import RegularisationFile, Taken
from services.registry.domain.regularisation_deadlines import Due
from services.registry.domain.regularisation_errors import RegularisationFileNotFoundError
from services.registry.store.driver import driver
from services.registry.store.tables import regularisation as tables
from services.registry.store.walls import Places, Sight

_FILE, _STEP = tables.regularisation_file, tables.regularisation_step


@dataclass(frozen=True, slots=True)
class Filter:
    """Which files are listed; None is any.

    Attributes:
        overdue_on: Only those whose deadline had passed on this day.
    """

    person_id: UUID | None = None
    state: str | None = None
    campaign: str | None = None
    bureau: str | None = None
    overdue_on: date | None = None


async def find(session: AsyncSession, file_id: UUID, *, hold: bool = False) -> RegularisationFile:
    """Return a file with its steps.

    Args:
        session: The request's transaction.
        file_id: Which.
        hold: Whether whoever else writes about it waits until the transaction ends.

    Raises:
        RegularisationFileNotFoundError: There is none.
    """
    statement = select(_FILE).where(_FILE.c.id == file_id)
    row = (await session.execute(statement.with_for_update() if hold else statement)).one_or_none()
    if row is None:
        raise RegularisationFileNotFoundError
    return (await _with_steps(session, [row]))[0]


async def page(
    session: AsyncSession, wanted: Filter, sight: Sight, *, after: UUID | None, limit: int
) -> list[RegularisationFile]:
    """Return files of persons whom the caller sees, oldest first.

    Args:
        session: The request's transaction.
        wanted: Which.
        sight: Whose persons the caller sees; the files of others are not among the rows.
        after: Id of the last file of the page before.
        limit: The most to return.
    """
    place = Places()
    conditions = [f"f.{name} = {place(value)}" for name, value in _equal(wanted) if value is not None]
    if wanted.overdue_on is not None:
        conditions.append(f"f.due_on < {place(wanted.overdue_on)}::date")
    if after is not None:
        conditions.append(f"f.id > {place(after)}::uuid")
    conditions += sight.clauses("p", place)
    statement = (
        "SELECT f.id FROM regularisation_file f JOIN person p ON p.id = f.person_id"
        f" WHERE {' AND '.join(conditions)} ORDER BY f.id LIMIT {place(limit)}"
    )
    ids = [row[0] for row in await (await driver(session)).fetch(statement, *place.arguments)]
    rows = await session.execute(select(_FILE).where(_FILE.c.id.in_(ids)).order_by(_FILE.c.id))
    return await _with_steps(session, rows.all())


def _equal(wanted: Filter) -> Sequence[tuple[str, Any]]:
    return (
        ("person_id", wanted.person_id),
        ("state", wanted.state),
        ("campaign", wanted.campaign),
        ("bureau", wanted.bureau),
    )


async def new_id(session: AsyncSession) -> UUID:
    """Return the id of a file to come."""
    made: UUID = await session.scalar(select(func.uuidv7()))  # type: ignore[assignment]  # the function always answers
    return made


async def add(session: AsyncSession, file: RegularisationFile) -> None:
    """Store a new file with its filing."""
    await session.execute(
        insert(_FILE).values(
            id=file.id,
            person_id=file.person_id,
            opened_at=file.opened_at,
            opened_by=file.opened_by,
            organisation=file.organisation,
            campaign=file.campaign,
            **_changing(file),
        )
    )
    await _add_step(session, file)


async def save(session: AsyncSession, file: RegularisationFile, *, step: bool) -> None:
    """Store a file's next version; with `step`, its last step too."""
    await session.execute(update(_FILE).where(_FILE.c.id == file.id).values(**_changing(file)))
    if step:
        await _add_step(session, file)


def _changing(file: RegularisationFile) -> dict[str, Any]:
    return {
        "category": file.category,
        "bureau": file.bureau,
        "reference": file.reference,
        "filed_on": file.filed_on,
        "state": file.state,
        "version": file.version,
        "notified_on": file.notified_on,
        "due_code": file.due and file.due.code,
        "due_on": file.due and file.due.on,
    }


async def _add_step(session: AsyncSession, file: RegularisationFile) -> None:
    taken = file.steps[-1]
    await session.execute(
        insert(_STEP).values(
            file_id=file.id,
            position=len(file.steps),
            leaves=taken.leaves,
            to_state=taken.to_state,
            on=taken.on,
            reasons=list(taken.reasons),
            proposal=taken.proposal,
            findings=list(taken.findings),
            permit_id=taken.permit_id,
            recorded_at=taken.recorded_at,
            recorded_by=taken.recorded_by,
            organisation=taken.organisation,
        )
    )


async def _with_steps(session: AsyncSession, rows: Sequence[Row[Any]]) -> list[RegularisationFile]:
    ids = [row.id for row in rows]
    statement = select(_STEP).where(_STEP.c.file_id.in_(ids)).order_by(_STEP.c.file_id, _STEP.c.position)
    steps: dict[UUID, list[Taken]] = {one: [] for one in ids}
    for row in await session.execute(statement):
        steps[row.file_id].append(_taken(row))
    return [_file(row, tuple(steps[row.id])) for row in rows]


def _taken(row: Row[Any]) -> Taken:
    return Taken(
        leaves=row.leaves,
        to_state=row.to_state,
        on=row.on,
        reasons=tuple(row.reasons),
        recorded_at=row.recorded_at,
        recorded_by=row.recorded_by,
        organisation=row.organisation,
        proposal=Result(row.proposal) if row.proposal else None,
        findings=tuple(row.findings),
        permit_id=row.permit_id,
    )


def _file(row: Row[Any], steps: tuple[Taken, ...]) -> RegularisationFile:
    return RegularisationFile(
        id=row.id,
        person_id=row.person_id,
        campaign=row.campaign,
        category=row.category,
        bureau=row.bureau,
        filed_on=row.filed_on,
        opened_at=row.opened_at,
        opened_by=row.opened_by,
        organisation=row.organisation,
        reference=row.reference,
        state=row.state,
        version=row.version,
        notified_on=row.notified_on,
        due=Due(row.due_code, row.due_on) if row.due_code else None,
        steps=steps,
    )
