"""Amend an institution."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.training.courses.domain.catalogue import Institution, InstitutionDraft
from services.training.courses.domain.errors import InstitutionNotFoundError, UnitUnknownError
from services.training.courses.store import institutions


async def amend_institution(
    session: AsyncSession, institution_id: UUID, draft: InstitutionDraft, *, version: int
) -> Institution:
    """Replace what the catalogue says of an institution.

    Args:
        session: The transaction.
        institution_id: Which one.
        draft: All that is to be said of it, the unchanged too.
        version: The version that the change was made on.

    Raises:
        InstitutionNotFoundError: There is none.
        VersionConflictError: It was amended since.
        UnitUnknownError: The prefecture or province is not one of the region.
    """
    current = await institutions.find(session, institution_id, to_change=True)
    if current is None:
        raise InstitutionNotFoundError
    if current.version != version:
        raise VersionConflictError
    if not await institutions.is_unit_of(session, draft.region, draft.unit):
        raise UnitUnknownError
    return await institutions.amend(session, institution_id, draft)
