"""Decide an application that the rules left open."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Viewer
from services.training.courses.domain.enrolments import Application, Ruling, check_ruling
from services.training.courses.domain.errors import ApplicationNotFoundError
from services.training.courses.store import applications, changes


async def decide_application(
    session: AsyncSession,
    application_id: UUID,
    ruling: Ruling,
    *,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Application:
    """Keep a human's answer, with its reason, to an application that was referred or that waits for a fact.

    A no of the rules is not overruled here: what would make it a yes is a fact, brought by a new application.

    Args:
        session: The transaction.
        application_id: Which.
        ruling: The answer, and who gives it.
        organisation: Whose applications alone are open to her; None for everybody's.
        viewer: Who asks, for the wall around protected persons.

    Raises:
        ApplicationNotFoundError: There is none.
        RulingNotOpenError: The rules, or an earlier ruling, answered already.
        TransitionRefusedError: It no longer waits.
    """
    application = await applications.find(
        session, application_id, to_change=True, organisation=organisation, viewer=viewer
    )
    if application is None:
        raise ApplicationNotFoundError
    check_ruling(application)
    decided = await applications.rule(session, application_id, ruling)
    await changes.tell_of_application(session, changes.DECIDED, decided)
    return decided
