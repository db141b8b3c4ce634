"""Add an address to a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act, record_of
from services.registry.domain.moves import move
from services.registry.domain.papers import Address
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def add_address(session: AsyncSession, person_id: UUID, address: Address, act: Act) -> tuple[Person, Address]:
    """Add an address; return the person and the address as stored. The one before ends the day before it starts.

    Raises:
        PersonNotFoundError: There is no such person.
        PeriodOverlapError: It would run into an address that starts after it.
    """
    before = await loading.load_for_change(session, person_id)
    moved = move(before.addresses, address, pointer="/valid_from")
    kept = tuple(row for row in before.addresses if row not in moved.closed)
    after = amend(before, at=act.at, addresses=(*kept, *moved.opened))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    known = {row.id for row in before.addresses}
    return stored, next(row for row in stored.addresses if row.id not in known and row.valid == address.valid)
