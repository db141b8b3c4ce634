"""Remove a way to reach a person."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.contacts import find_contact
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def remove_contact(session: AsyncSession, person_id: UUID, contact_id: UUID, act: Act, *, version: int) -> Person:
    """Remove a contact that nobody should use any more; return the person. What was known stays readable.

    Args:
        session: The request's transaction.
        person_id: Whose.
        contact_id: Which.
        act: Who removes it, when.
        version: The person's version that the removal was made from.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        ContactNotFoundError: She has no such contact.
    """
    before = await loading.load_for_change(session, person_id)
    if before.version != version:
        raise VersionConflictError
    gone = find_contact(before.core.contacts, contact_id)
    core = replace(before.core, contacts=tuple(one for one in before.core.contacts if one is not gone))
    after = amend(before, at=act.at, core=core)
    await persons.save(session, before, record_of(after, act))
    return after
