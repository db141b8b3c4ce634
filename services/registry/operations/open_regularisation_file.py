"""Open a person's regularisation file."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.regularisation import (
    FIRST_STATE,
    RegularisationFile,
    Taken,
    check_day,
    file_warnings,
    require_bureau,
    require_filed,
    with_due,
)
from services.registry.domain.regularisation_rules import RegularisationBook
from services.registry.store import loading
from services.registry.store import regularisation as files


@dataclass(frozen=True, slots=True)
class Filing:
    """What is filed.

    Attributes:
        reference: The bureau's own number.
    """

    person_id: UUID
    campaign: str
    category: str
    bureau: str
    filed_on: date
    reference: str | None = None


async def open_regularisation_file(
    session: AsyncSession, filing: Filing, book: RegularisationBook, act: Act
) -> tuple[RegularisationFile, tuple[str, ...]]:
    """Take in a file; return it with what is odd about it. A late file is taken: the commission closes it, not we.

    The database's constraint refuses a second open file in one campaign, and a race for it.

    Raises:
        PersonNotFoundError: There is no such person.
        RegularisationCodeUnknownError: The campaign, category or bureau is on no list.
        RegularisationDateRefusedError: Filed before the campaign opened, or on a day to come.
    """
    await loading.load(session, filing.person_id)
    campaign = book.campaign(filing.campaign).rule.in_force
    category = require_filed(book, filing.category)
    require_bureau(book, filing.bureau)
    check_day("/filed_on", filing.filed_on, not_before=campaign.start, today=act.today)
    by, organisation = act.source.received_by, act.source.organisation
    filed = Taken(None, FIRST_STATE, filing.filed_on, (), act.at, by, organisation)
    file = RegularisationFile(
        id=await files.new_id(session),
        person_id=filing.person_id,
        campaign=filing.campaign,
        category=filing.category,
        bureau=filing.bureau,
        filed_on=filing.filed_on,
        opened_at=act.at,
        opened_by=by,
        organisation=organisation,
        reference=filing.reference,
        steps=(filed,),
    )
    file = with_due(file, book)
    await files.add(session, file)
    return file, file_warnings(category.rule.in_force, campaign, filing.filed_on)
