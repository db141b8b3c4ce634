"""Add a legal status to a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.papers import LegalStatus, refuse_overlap
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def add_legal_status(
    session: AsyncSession, person_id: UUID, status: LegalStatus, act: Act
) -> tuple[Person, LegalStatus]:
    """Add a status; return the person and the status as stored. Other statuses go on: two may run at once.

    Raises:
        PersonNotFoundError: There is no such person.
        PeriodOverlapError: She has the same status on one of the days.
    """
    before = await loading.load_for_change(session, person_id)
    same = [row.valid for row in before.legal_statuses if row.code == status.code]
    refuse_overlap("/valid_from", status.valid, same)
    after = amend(before, at=act.at, legal_statuses=(*before.legal_statuses, status))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {row.id for row in before.legal_statuses}
    return stored, next(row for row in stored.legal_statuses if row.id not in known)
