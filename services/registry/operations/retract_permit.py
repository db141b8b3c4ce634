"""Take back a residence title that was entered in error."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import part_of, with_title
from services.registry.domain.persons import Person, amend
from services.registry.domain.renewals import refuse_open
from services.registry.store import loading, persons, renewals


async def retract_permit(session: AsyncSession, person_id: UUID, part_id: UUID, act: Act) -> Person:
    """Take back a title that was entered in error, with its number; return the person.

    Raises:
        PersonNotFoundError: There is no such person.
        PaperNotFoundError: She has no such title.
        RenewalOpenError: Its renewal is under way.
    """
    before = await loading.load_for_change(session, person_id)
    gone = part_of(before.permits, part_id)
    refuse_open(await renewals.of_title(session, person_id, part_id))
    titles = with_title(before.permits, before.identifiers, gone, None)
    after = amend(before, at=act.at, permits=titles.permits, identifiers=titles.identifiers)
    await persons.save(session, before, record_of(after, act))
    return after
