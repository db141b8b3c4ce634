"""Amend a way to reach a person."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.contacts import Contact, find_contact, refuse_repeated
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def amend_contact(
    session: AsyncSession, person_id: UUID, contact_id: UUID, contact: Contact, act: Act, *, version: int
) -> tuple[Person, Contact]:
    """Amend a contact, above all how safe it is; return the person and the contact as stored. Its id stays.

    Args:
        session: The request's transaction.
        person_id: Whose.
        contact_id: Which.
        contact: What it becomes.
        act: Who amends, when.
        version: The person's version that the amendment was made from.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        ContactNotFoundError: She has no such contact.
        ContactRepeatedError: Another one reaches the same.
    """
    before = await loading.load_for_change(session, person_id)
    if before.version != version:
        raise VersionConflictError
    old = find_contact(before.core.contacts, contact_id)
    new = replace(contact, id=contact_id)
    if new == old:
        return before, old
    refuse_repeated([one for one in before.core.contacts if one is not old], new)
    core = replace(before.core, contacts=tuple(new if one is old else one for one in before.core.contacts))
    after = amend(before, at=act.at, core=core)
    await persons.save(session, before, record_of(after, act))
    return after, new
