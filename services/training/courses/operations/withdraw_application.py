"""Withdraw an application."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Viewer
from services.training.courses.domain.enrolments import Application, State, check_application_withdrawal
from services.training.courses.domain.errors import ApplicationNotFoundError
from services.training.courses.store import applications, changes


async def withdraw_application(
    session: AsyncSession, application_id: UUID, *, organisation: str | None = None, viewer: Viewer | None = None
) -> Application:
    """End an application that waits; the person may then apply again, with other facts.

    Args:
        session: The transaction.
        application_id: Which.
        organisation: Whose applications alone are open to the caller; None for everybody's.
        viewer: Who asks, for the wall around protected persons.

    Raises:
        ApplicationNotFoundError: There is none.
        TransitionRefusedError: It has its seat, which is given back through the enrolment, or was withdrawn.
    """
    application = await applications.find(
        session, application_id, to_change=True, organisation=organisation, viewer=viewer
    )
    if application is None:
        raise ApplicationNotFoundError
    check_application_withdrawal(application)
    withdrawn = await applications.move(session, application_id, State.WITHDRAWN)
    await changes.tell_of_application(session, changes.APPLICATION_WITHDRAWN, withdrawn)
    return withdrawn
