"""Publish a session."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.catalogue import Session, SessionDraft
from services.training.courses.domain.errors import ReferenceUnknownError, UnitUnknownError
from services.training.courses.store import institutions, programmes, sessions


async def publish_session(session: AsyncSession, draft: SessionDraft, *, at: datetime) -> Session:
    """Open a session of a programme, with every seat free; without a place it is where the institution is.

    Raises:
        ReferenceUnknownError: The programme is none of the catalogue's.
        UnitUnknownError: The prefecture or province is not one of the region.
    """
    programme = await programmes.find(session, draft.programme_id)
    institution = None if programme is None else await institutions.find(session, programme.institution_id)
    if institution is None:
        raise ReferenceUnknownError("/programme_id")
    if draft.region is None or draft.unit is None:
        draft = replace(draft, region=institution.region, unit=institution.unit)
    elif not await institutions.is_unit_of(session, draft.region, draft.unit):
        raise UnitUnknownError
    return await sessions.add(session, draft, at=at)
