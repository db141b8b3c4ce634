"""Add a way to reach a person."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.contacts import Contact, refuse_repeated
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def add_contact(session: AsyncSession, person_id: UUID, contact: Contact, act: Act) -> tuple[Person, Contact]:
    """Add a contact after those that she has; return the person and the contact as stored.

    Raises:
        PersonNotFoundError: There is no such person.
        ContactRepeatedError: She has one that reaches the same.
    """
    before = await loading.load_for_change(session, person_id)
    refuse_repeated(before.core.contacts, contact)
    core = replace(before.core, contacts=(*before.core.contacts, contact))
    after = amend(before, at=act.at, core=core)
    await persons.save(session, before, record_of(after, act))
    return after, after.core.contacts[-1]
