"""Publish a programme."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.catalogue import Programme, ProgrammeDraft, check_programme
from services.training.courses.domain.errors import ReferenceUnknownError
from services.training.courses.store import institutions, programmes, rules


async def publish_programme(
    session: AsyncSession, draft: ProgrammeDraft, *, on: date, at: datetime, organisation: str | None = None
) -> Programme:
    """Put a programme of an institution into the catalogue.

    Args:
        session: The transaction.
        draft: What is said of it.
        on: Civil date, for the rules in force.
        at: Instant of the publication.
        organisation: Whose institutions alone may be named; None for everybody's.

    Raises:
        ReferenceUnknownError: The institution is none of the catalogue's.
        AdmissionRuleUnfitError: The admission rule is not in force, or not the one of the mode.
        ApprenticeshipSharesError: The hours break law 12-00.
    """
    if await institutions.find(session, draft.institution_id, organisation=organisation) is None:
        raise ReferenceUnknownError("/institution_id")
    check_programme(draft, await rules.load(session), on=on)
    return await programmes.add(session, draft, at=at)
