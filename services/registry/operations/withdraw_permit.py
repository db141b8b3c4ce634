"""Withdraw a residence title."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import part_of, replaced
from services.registry.domain.papers import Permit
from services.registry.domain.persons import Person, amend
from services.registry.domain.renewals import withdrawn
from services.registry.store import loading, persons


async def withdraw_permit(
    session: AsyncSession, person_id: UUID, part_id: UUID, on: date, act: Act
) -> tuple[Person, Permit]:
    """End a title that the authority takes away; return the person and the title as stored.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The title's id.
        on: The first day on which it no longer holds.
        act: Who records it, when.

    Raises:
        PersonNotFoundError: There is no such person.
        PaperNotFoundError: She has no such title.
        PermitNotValidThenError: The title does not hold on that day.
    """
    before = await loading.load_for_change(session, person_id)
    old = part_of(before.permits, part_id)
    after = amend(before, at=act.at, permits=replaced(before.permits, old, withdrawn(old, on)))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    return stored, part_of(stored.permits, part_id)
