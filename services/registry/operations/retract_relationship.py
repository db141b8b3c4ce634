"""Take back a link that was entered in error."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.persons import Person
from services.registry.operations.tell_linked import tell_linked
from services.registry.store import households, loading, relationships


async def retract_relationship(session: AsyncSession, person_id: UUID, relationship_id: UUID, act: Act) -> Person:
    """End what is known of a link: it was never true. Return the person; what was known stays readable.

    Raises:
        RelationshipNotFoundError: The person has no such link.
    """
    row = await relationships.load(session, person_id, relationship_id)
    held = await households.hold(session, (row.person_id, row.other_id), act.at)
    await relationships.close(session, row, held.at)
    await tell_linked(session, row, replace(act, at=held.at), held)
    return await loading.load(session, person_id)
