"""Publish a session."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.catalogue import Session, SessionDraft
from services.training.courses.domain.errors import ReferenceUnknownError, UnitUnknownError
from services.training.courses.store import changes, institutions, programmes, sessions


async def publish_session(
    session: AsyncSession, draft: SessionDraft, *, at: datetime, organisation: str | None = None
) -> Session:
    """Open a session of a programme, with every seat free; without a place it is where the institution is.

    Args:
        session: The transaction.
        draft: What is said of it.
        at: Instant of the publication.
        organisation: Whose programmes alone may be named; None for everybody's.

    Raises:
        ReferenceUnknownError: The programme is none of the catalogue's.
        UnitUnknownError: The prefecture or province is not one of the region.
    """
    programme = await programmes.find(session, draft.programme_id, organisation=organisation)
    institution = None if programme is None else await institutions.find(session, programme.institution_id)
    if institution is None:
        raise ReferenceUnknownError("/programme_id")
    if draft.region is None or draft.unit is None:
        draft = replace(draft, region=institution.region, unit=institution.unit)
    elif not await institutions.is_unit_of(session, draft.region, draft.unit):
        raise UnitUnknownError
    made = await sessions.add(session, draft, at=at)
    await changes.tell_of_session(session, changes.PUBLISHED, made)
    return made
