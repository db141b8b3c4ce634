"""Amend a programme."""

from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.training.courses.domain.catalogue import Programme, ProgrammeDraft, check_programme
from services.training.courses.domain.errors import ProgrammeNotFoundError
from services.training.courses.store import programmes, rules


async def amend_programme(
    session: AsyncSession, programme_id: UUID, draft: ProgrammeDraft, *, version: int, on: date
) -> Programme:
    """Replace what the catalogue says of a programme; admissions already decided keep what they were decided on.

    Args:
        session: The transaction.
        programme_id: Which one.
        draft: All that is to be said of it, the unchanged too.
        version: The version that the change was made on.
        on: Civil date, for the rules in force.

    Raises:
        ProgrammeNotFoundError: There is none.
        VersionConflictError: It was amended since.
        AdmissionRuleUnfitError: The admission rule is not in force, or not the one of the mode.
        ApprenticeshipSharesError: The hours break law 12-00.
    """
    current = await programmes.find(session, programme_id, to_change=True)
    if current is None:
        raise ProgrammeNotFoundError
    if current.version != version:
        raise VersionConflictError
    check_programme(draft, await rules.load(session), on=on)
    return await programmes.amend(session, programme_id, draft)
