"""Correct or end an address of a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import corrected, part_of, replaced, without
from services.registry.domain.papers import Address, refuse_overlap
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def correct_address(  # whose, which, what it becomes
    session: AsyncSession, person_id: UUID, part_id: UUID, address: Address, act: Act, *, version: int
) -> tuple[Person, Address]:
    """Correct an address, or end it on a day; return the person and the address as stored.

    No other address moves: the days that a correction leaves free have none until somebody says one.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The id that the address keeps through corrections.
        address: What it becomes.
        act: Who corrects, when.
        version: The person's version that the correction was made from.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        PaperNotFoundError: She has no such address.
        PeriodOverlapError: She has another address on one of the days.
    """
    before = await loading.load_for_change(session, person_id)
    old = part_of(before.addresses, part_id)
    if before.version != version:
        raise VersionConflictError
    new = corrected(old, address)
    if new is old:
        return before, old
    refuse_overlap("/valid_from", new.valid, [row.valid for row in without(before.addresses, old)])
    after = amend(before, at=act.at, addresses=replaced(before.addresses, old, new))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    return stored, part_of(stored.addresses, part_id)
