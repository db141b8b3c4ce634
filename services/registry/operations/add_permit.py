"""Add a residence title to a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.holding import refuse_any_held
from services.registry.domain.papers import Permit, refuse_overlap
from services.registry.domain.persons import Person, amend, with_permit_numbers
from services.registry.store import identifiers, loading, persons


async def add_permit(session: AsyncSession, person_id: UUID, permit: Permit, act: Act) -> tuple[Person, Permit]:
    """Add a title; return the person and the title as stored. Its number becomes an identifier, unless it is hers.

    Raises:
        PersonNotFoundError: There is no such person.
        PeriodOverlapError: She has the same title, by type and number, on one of the days.
        IdentifierInUseError: The number is somebody else's.
    """
    before = await loading.load_for_change(session, person_id)
    same = [row.valid for row in before.permits if (row.type, row.number_norm) == (permit.type, permit.number_norm)]
    refuse_overlap("/valid_from", permit.valid, same)
    numbers = with_permit_numbers(before.identifiers, [permit])
    new = numbers[len(before.identifiers) :]
    refuse_any_held(new, await identifiers.held(session, new), "/number")
    after = amend(before, at=act.at, permits=(*before.permits, permit), identifiers=numbers)
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {row.id for row in before.permits}
    return stored, next(row for row in stored.permits if row.id not in known)
