"""Read a person's contacts: they lie in her own row."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.errors import PersonNotFoundError
from services.registry.store.documents import contacts_statement
from services.registry.store.driver import driver
from services.registry.store.reading import Stored


async def contacts(session: AsyncSession, person_id: UUID, *, known_at: datetime | None = None) -> Stored:
    """Read a person's contacts as a JSON array.

    Raises:
        PersonNotFoundError: There is no such person, or none was known then.
    """
    instants = () if known_at is None else (known_at,)
    statement = contacts_statement(known_at=known_at is not None)
    row = await (await driver(session)).fetchrow(statement, person_id, *instants)
    if row is None:
        raise PersonNotFoundError
    return Stored(row[0], row[1])
