"""Note that a paper of a regularisation file was brought."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.regularisation import RegularisationFile, check_day
from services.registry.domain.regularisation_papers import Brought, require_listed
from services.registry.domain.regularisation_rules import RegularisationBook
from services.registry.store import regularisation as files
from services.registry.store import regularisation_evidence as store


async def bring_regularisation_paper(
    session: AsyncSession, file_id: UUID, paper: Brought, book: RegularisationBook, act: Act
) -> RegularisationFile:
    """Note a paper, seen or scanned; return the file.

    Raises:
        RegularisationFileNotFoundError: There is no such file.
        RegularisationCodeUnknownError: The paper is on no list of this category.
        RegularisationDateRefusedError: It was seen on a day to come.
        DocumentUnknownError: A document is not the person's.
    """
    file = await files.find(session, file_id, hold=True)
    require_listed(book, file.category, paper.code)
    check_day("/seen_on", paper.seen_on, not_before=None, today=act.today)
    await store.require_documents(session, file.person_id, paper.documents)
    by, organisation = act.source.received_by, act.source.organisation
    await store.bring(session, file_id, paper, by=by, organisation=organisation, at=act.at)
    return file
