"""Add a nationality to a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.papers import refuse_overlap
from services.registry.domain.persons import Nationality, Person, amend
from services.registry.store import loading, persons


async def add_nationality(
    session: AsyncSession, person_id: UUID, nationality: Nationality, act: Act
) -> tuple[Person, Nationality]:
    """Add a nationality; return the person and the nationality as stored. She may have several at once.

    Raises:
        PersonNotFoundError: There is no such person.
        PeriodOverlapError: She has the same one on one of the days.
    """
    before = await loading.load_for_change(session, person_id)
    same = [row.valid for row in before.nationalities if row.code == nationality.code]
    refuse_overlap("/valid_from", nationality.valid, same)
    after = amend(before, at=act.at, nationalities=(*before.nationalities, nationality))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {row.id for row in before.nationalities}
    return stored, next(row for row in stored.nationalities if row.id not in known)
