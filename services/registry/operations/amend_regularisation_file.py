"""Amend a regularisation file: its category, bureau and number, and when a refusal was notified."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.registry.domain.regularisation import (
    RegularisationFile,
    notify,
    require_bureau,
    require_filed,
    require_open_to_evidence,
)
from services.registry.domain.regularisation_rules import RegularisationBook
from services.registry.store import regularisation as files


@dataclass(frozen=True, slots=True)
class Amended:
    """What a file's amendable members become."""

    category: str
    bureau: str
    reference: str | None
    notified_on: date | None


async def amend_regularisation_file(
    session: AsyncSession, file_id: UUID, version: int, amended: Amended, book: RegularisationBook, *, today: date
) -> RegularisationFile:
    """Amend a file; nothing changed makes no version.

    Raises:
        RegularisationFileNotFoundError: There is none.
        VersionConflictError: It has changed since that version.
        RegularisationCodeUnknownError: The category or bureau is on no list.
        FileSettledError: The category of a file that is decided.
        StepRefusedError: A notification where there is no unfavourable opinion.
        RegularisationDateRefusedError: The notification lies before the opinion, or is to come.
    """
    file = await files.find(session, file_id, hold=True)
    if file.version != version:
        raise VersionConflictError
    after = file
    if amended.category != file.category:
        require_filed(book, amended.category)
        require_open_to_evidence(file)
        after = replace(after, category=amended.category)
    if amended.bureau != file.bureau:
        require_bureau(book, amended.bureau)
        after = replace(after, bureau=amended.bureau)
    after = replace(after, reference=amended.reference)
    if amended.notified_on != file.notified_on:
        after = notify(after, amended.notified_on, book, today=today)
    if after == file:
        return file
    after = replace(after, version=file.version + 1)
    await files.save(session, after, step=False)
    return after
