"""Who was erased."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.store.tables import erased_person


async def note(session: AsyncSession, person_id: UUID, *, at: datetime) -> None:
    """Note that a person is erased; from then on nothing of her is taken up."""
    await session.execute(insert(erased_person).values(person_id=person_id, erased_at=at).on_conflict_do_nothing())
