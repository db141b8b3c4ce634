"""Is a stored person what her source records make of her?"""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.assembly import Assembled, assemble
from services.registry.domain.contributions import values_of
from services.registry.store import contributions, loading
from tests.registry.builders import RULES


async def assembled(session: AsyncSession, person_id: UUID) -> Assembled:
    """Return what her records make of her."""
    return assemble(await contributions.records(session, person_id, RULES))


async def assert_assembled(session: AsyncSession, person_id: UUID | str) -> None:
    """See that what is stored of a person is what her records make of her, whatever operations made them."""
    person = await loading.load(session, UUID(str(person_id)))
    made = await assembled(session, person.id)
    assert values_of(made.core, made.nationalities) == values_of(person.core, person.nationalities)
