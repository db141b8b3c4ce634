"""Take back a legal status that was entered in error."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import part_of, without
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def retract_legal_status(session: AsyncSession, person_id: UUID, part_id: UUID, act: Act) -> Person:
    """Take back a legal status that was entered in error; return the person. What was known stays readable.

    Raises:
        PersonNotFoundError: There is no such person.
        PaperNotFoundError: She has no such part.
    """
    before = await loading.load_for_change(session, person_id)
    gone = part_of(before.legal_statuses, part_id)
    after = amend(before, at=act.at, legal_statuses=without(before.legal_statuses, gone))
    await persons.save(session, before, record_of(after, act))
    return after
