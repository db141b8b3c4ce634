"""Link two persons."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.relationships import Link, Relationship, refuse_overfull, relate
from services.registry.operations.tell_linked import tell_linked
from services.registry.store import households, relationships


async def add_relationship(
    session: AsyncSession, person_id: UUID, link: Link, act: Act, *, proven: bool
) -> Relationship:
    """Store what another person is to one, and return it as stored: one row, read from both ends.

    Args:
        session: The request's transaction.
        person_id: The one.
        link: What the other is.
        act: Who says so, when.
        proven: Whether a paper was seen.

    Raises:
        PersonNotFoundError: One of them is nobody.
        SelfRelationshipError: Both are one.
        CustodyShareError: A share where there is no custody, or custody without one.
        CustodyOverfullError: More than the whole custody of a child on some day.
    """
    row = relate(person_id, link, proven=proven)
    held = await households.hold(session, (row.person_id, row.other_id), act.at)
    refuse_overfull(row, await relationships.custodies(session, row.other_id))
    row_id = await relationships.add(session, row, at=held.at, source_record_id=held.records[person_id])
    await tell_linked(session, row, replace(act, at=held.at), held)
    return replace(row, id=row_id)
