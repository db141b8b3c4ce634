"""Confirm a determination: a human stands for it."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.health.coverage.domain.errors import DeterminationNotFoundError
from services.health.coverage.domain.records import Confirmation, Determination, check_confirmable, entitlement_from
from services.health.coverage.store import changes, determinations, entitlements
from services.kit.withholding import Viewer


async def confirm_determination(
    session: AsyncSession,
    determination_id: UUID,
    confirmation: Confirmation,
    *,
    organisation: str | None = None,
    viewer: Viewer | None = None,
) -> Determination:
    """Make a proposal final: a yes opens the entitlement in the same transaction, a no may now be appealed.

    A refusal is never final by machine alone. Source: law 09-08 art. 11; facts.md section 7.

    Args:
        session: The transaction.
        determination_id: Which.
        confirmation: Who confirms, for whom, when.
        organisation: Whose determinations alone are open to her; None for everybody's.
        viewer: Who asks, for the wall around protected persons.

    Raises:
        DeterminationNotFoundError: There is none.
        AlreadyConfirmedError: Somebody has confirmed it before.
        NothingToConfirmError: It is still open, or what it grants is open to everyone.
    """
    found = await determinations.find_and_lock(session, determination_id, organisation=organisation, viewer=viewer)
    if found is None:
        raise DeterminationNotFoundError
    check_confirmable(found)
    await determinations.confirm(session, determination_id, confirmation)
    draft = entitlement_from(found, at=confirmation.at)
    opened = None if draft is None else (await entitlements.add(session, draft)).id
    made = replace(found, confirmation=confirmation, entitlement_id=opened)
    await changes.tell(session, changes.CONFIRMED, made)
    if opened is not None:
        await changes.tell(session, changes.OPENED, made)
    return made
