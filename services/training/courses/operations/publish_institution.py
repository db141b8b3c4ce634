"""Publish an institution."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.training.courses.domain.catalogue import Institution, InstitutionDraft
from services.training.courses.domain.errors import UnitUnknownError
from services.training.courses.store import institutions


async def publish_institution(
    session: AsyncSession, draft: InstitutionDraft, *, organisation: str, at: datetime
) -> Institution:
    """Put an institution into the catalogue, as the organisation's that publishes it.

    Raises:
        UnitUnknownError: The prefecture or province is not one of the region.
    """
    if not await institutions.is_unit_of(session, draft.region, draft.unit):
        raise UnitUnknownError
    return await institutions.add(session, draft, organisation=organisation, at=at)
