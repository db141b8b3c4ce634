"""Take back an identifier that was entered in error."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import part_of, refuse_of_permit, without
from services.registry.domain.persons import Person, amend
from services.registry.operations.refuse_direct_change import refuse_direct_change
from services.registry.store import loading, persons


async def retract_identifier(session: AsyncSession, person_id: UUID, part_id: UUID, act: Act) -> Person:
    """Take back an identifier that was entered in error; return the person. What was known stays readable.

    Raises:
        PersonNotFoundError: There is no such person.
        PaperNotFoundError: She has no such part.
        IdentifierOfPermitError: It is the number of one of her titles.
        ChangeRequestRequiredError: It takes a second person to change it: see `refuse_direct_change`.
    """
    before = await loading.load_for_change(session, person_id)
    gone = part_of(before.identifiers, part_id)
    refuse_of_permit(gone, before.permits)
    await refuse_direct_change(session, person_id, {"identifiers"}, act)
    after = amend(before, at=act.at, identifiers=without(before.identifiers, gone))
    await persons.save(session, before, record_of(after, act))
    return after
