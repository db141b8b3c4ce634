"""Correct or end a legal status of a person."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.acts import Act, record_of
from services.registry.domain.corrections import corrected, part_of, replaced, without
from services.registry.domain.papers import LegalStatus, refuse_overlap
from services.registry.domain.persons import Person, amend
from services.registry.store import loading, persons


async def correct_legal_status(  # whose, which, what it becomes
    session: AsyncSession, person_id: UUID, part_id: UUID, status: LegalStatus, act: Act, *, version: int
) -> tuple[Person, LegalStatus]:
    """Correct a status, or end it on a day; return the person and the status as stored.

    Args:
        session: The request's transaction.
        person_id: Whose.
        part_id: The id that the status keeps through corrections.
        status: What it becomes.
        act: Who corrects, when.
        version: The person's version that the correction was made from.

    Raises:
        PersonNotFoundError: There is no such person.
        VersionConflictError: She has changed since that version.
        PaperNotFoundError: She has no such status.
        PeriodOverlapError: She has the same status on one of the days.
    """
    before = await loading.load_for_change(session, person_id)
    old = part_of(before.legal_statuses, part_id)
    if before.version != version:
        raise VersionConflictError
    new = corrected(old, status)
    if new is old:
        return before, old
    others = without(before.legal_statuses, old)
    refuse_overlap("/valid_from", new.valid, [row.valid for row in others if row.code == new.code])
    after = amend(before, at=act.at, legal_statuses=replaced(before.legal_statuses, old, new))
    await persons.save(session, before, record_of(after, act))
    stored = await loading.load(session, person_id)
    return stored, part_of(stored.legal_statuses, part_id)
