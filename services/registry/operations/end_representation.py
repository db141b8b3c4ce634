"""Let somebody cease to act for a person."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.periods import Period
from services.registry.domain.acts import Act
from services.registry.domain.representatives import Representative, RepresentativeNotFoundError
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import barriers, households, representatives


async def end_representation(
    session: AsyncSession, person_id: UUID, representative_id: UUID, on: date, act: Act
) -> Representative | None:
    """Store the last day on which somebody acts for a person; None where that is before the first.

    Args:
        session: The request's transaction.
        person_id: For whom.
        representative_id: Id of the row, as her list shows it.
        on: The last day.
        act: Who says so, when.

    Raises:
        PersonNotFoundError: There is no such person.
        RepresentativeNotFoundError: Nobody of that id acts for her on that day or later.
    """
    held = await households.hold(session, [person_id], act.at)
    before = await representatives.load(session, person_id, representative_id)
    if before.valid.end is not None and before.valid.end <= on:
        raise RepresentativeNotFoundError
    record, after = held.records[person_id], None
    if before.valid.start is None or before.valid.start <= on:
        after = replace(before, valid=Period(before.valid.start, on))
        await representatives.replace(session, after, at=held.at, source_record_id=record)
    else:
        await representatives.close(session, before, held.at)
    act = replace(act, at=held.at)
    await refresh_sharing(session, person_id, act, source_record_id=record)
    unnamed = replace(act, source=replace(act.source, content={}))
    for one in sorted((await barriers.protected_from(session, [person_id])).keys() - {person_id}):
        await refresh_sharing(session, one, unnamed)
    return after
