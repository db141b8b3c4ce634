"""Erase a person whom the registry has erased."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.background import holdings as declared
from services.training.courses.store import erasures
from services.training.courses.store.holdings import holdings


async def erase_person(session: AsyncSession, person_id: UUID, *, at: datetime) -> Mapping[str, int]:
    """Do to everything held of a person what the holdings say; return how many rows of each table.

    Her seats are free again and leave a row that leads to nobody. Again changes nothing.

    Args:
        session: The transaction.
        person_id: Whom.
        at: Instant of the erasure.
    """
    await erasures.note(session, person_id, at=at)
    return await declared.erase(session, holdings(), person_id)
