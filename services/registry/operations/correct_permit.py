"""Correct a residence title of a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import corrected, part_of, with_title, without
from services.registry.domain.holding import refuse_any_held
from services.registry.domain.papers import Permit, refuse_overlap
from services.registry.domain.persons import Person, amend
from services.registry.store import identifiers, loading, persons


async def correct_permit(  # whose, which, what it becomes
    session: AsyncSession, person_id: UUID, part_id: UUID, permit: Permit, act: Act, *, version: int
) -> tuple[Person, Permit]:
    """Correct a title; return the person and the title as stored. Its number follows it among her identifiers.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The id that the title keeps through corrections.
        permit: What it becomes.
        act: Who corrects, when.
        version: The person's version that the correction was made from.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        PaperNotFoundError: She has no such title.
        PeriodOverlapError: She has the same title, by type and number, on one of the days.
        IdentifierInUseError: The number is somebody else's.
    """
    before = await loading.load_for_change(session, person_id)
    old = part_of(before.permits, part_id)
    if before.version != version:
        raise VersionConflictError
    new = corrected(old, permit)
    if new is old:
        return before, old
    others = without(before.permits, old)
    same = [row.valid for row in others if (row.type, row.number_norm) == (new.type, new.number_norm)]
    refuse_overlap("/valid_from", new.valid, same)
    titles = with_title(before.permits, before.identifiers, old, new)
    refuse_any_held(titles.new, await identifiers.held(session, titles.new), "/number")
    after = amend(before, at=act.at, permits=titles.permits, identifiers=titles.identifiers)
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    return stored, part_of(stored.permits, part_id)
