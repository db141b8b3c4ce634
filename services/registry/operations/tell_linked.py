"""Tell two persons' facts of a link between them."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.relationships import Relationship
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import barriers
from services.registry.store.households import Held


async def tell_linked(session: AsyncSession, row: Relationship, act: Act, held: Held) -> None:
    """Store the next version of both persons of a link; across a barrier that of the protected one alone.

    Args:
        session: The request's transaction.
        row: Written already.
        act: At the held instant.
        held: What is held of both.
    """
    both: set[UUID] = {row.person_id, row.other_id}
    shunned = {barrier.from_id for barrier in await barriers.standing(session, both)}
    for person_id in sorted(both - shunned or both):
        await refresh_sharing(session, person_id, act, source_record_id=held.records[person_id])
