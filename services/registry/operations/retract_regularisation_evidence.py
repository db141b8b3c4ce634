"""Take back a fact that was declared for a regularisation file in error."""

from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.regularisation import RegularisationFile, require_open_to_evidence
from services.registry.store import regularisation as files
from services.registry.store import regularisation_evidence as store


async def retract_regularisation_evidence(
    session: AsyncSession, file_id: UUID, evidence_id: UUID, *, reason: str, at: datetime
) -> RegularisationFile:
    """Take a fact back; it stays on record as retracted, with the reason.

    Raises:
        RegularisationFileNotFoundError: There is no such file.
        FileSettledError: It is decided.
        EvidenceNotFoundError: Nothing of that id is declared now.
    """
    file = await files.find(session, file_id, hold=True)
    require_open_to_evidence(file)
    await store.retract(session, file_id, evidence_id, reason=reason, at=at)
    return file
