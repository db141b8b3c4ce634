"""Correct a link between two persons."""

from collections.abc import Callable
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act
from services.registry.domain.relationships import CustodyShareError, Kind, Relationship, refuse_overfull
from services.registry.operations.tell_linked import tell_linked
from services.registry.store import households, loading, relationships


async def amend_relationship(  # which link, from which version, how, by whom
    session: AsyncSession,
    person_id: UUID,
    relationship_id: UUID,
    version: int,
    *,
    correct: Callable[[Relationship], Relationship],
    act: Act,
) -> Relationship:
    """Replace a link by a corrected one; what was known before stays readable by `known_at`.

    Args:
        session: The request's transaction.
        person_id: One of the two.
        relationship_id: The link, as her list shows it.
        version: Her version that the correction was made from.
        correct: Returns the link with its days, share or proof corrected.
        act: Who corrects, when.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        RelationshipNotFoundError: She has no such link.
        CustodyShareError: A share where there is no custody, or custody without one.
        CustodyOverfullError: More than the whole custody of a child on some day.
    """
    row = await relationships.load(session, person_id, relationship_id)
    held = await households.hold(session, (row.person_id, row.other_id), act.at)
    if (await loading.load(session, person_id)).version != version:
        raise VersionConflictError
    before = await relationships.load(session, person_id, relationship_id)
    after = correct(before)
    if after == before:
        return before
    if (after.share is not None) != (after.kind is Kind.CUSTODIAN):
        raise CustodyShareError
    beside = await relationships.custodies(session, after.other_id)
    refuse_overfull(after, [row for row in beside if row.id != before.id])
    await relationships.replace(session, after, at=held.at, source_record_id=held.records[person_id])
    await tell_linked(session, after, replace(act, at=held.at), held)
    return after
