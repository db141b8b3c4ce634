"""Correct, confirm or end a nationality of a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import corrected, part_of, replaced, without
from services.registry.domain.papers import refuse_overlap
from services.registry.domain.persons import Nationality, Person, amend
from services.registry.operations.refuse_direct_change import refuse_direct_change
from services.registry.store import loading, persons


async def correct_nationality(
    session: AsyncSession, person_id: UUID, part_id: UUID, nationality: Nationality, act: Act, *, version: int
) -> tuple[Person, Nationality]:
    """Correct a nationality, confirm it, or end it on a day; return the person and the nationality as stored.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The id that it keeps through corrections.
        nationality: What it becomes.
        act: Who corrects, when.
        version: The person's version that the correction was made from.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        PaperNotFoundError: She has no such nationality.
        PeriodOverlapError: She has the same one on one of the days.
        ChangeRequestRequiredError: It takes a second person to change it: see `refuse_direct_change`.
    """
    before = await loading.load_for_change(session, person_id)
    old = part_of(before.nationalities, part_id)
    if before.version != version:
        raise VersionConflictError
    new = corrected(old, nationality)
    if new is old:
        return before, old
    await refuse_direct_change(session, person_id, {"nationalities"} if new.code != old.code else (), act)
    others = without(before.nationalities, old)
    refuse_overlap("/valid_from", new.valid, [row.valid for row in others if row.code == new.code])
    after = amend(before, at=act.at, nationalities=replaced(before.nationalities, old, new))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    return stored, part_of(stored.nationalities, part_id)
