"""Add a person to a household."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.households import HouseholdDissolvedError, Member, asking, join
from services.registry.operations.leave_others import leave_others
from services.registry.operations.settle_members import settle_members
from services.registry.store import households


async def add_household_member(
    session: AsyncSession, household_id: UUID, new: Member, act: Act, *, moving: bool
) -> int:
    """Store who joins a household and return the household's version.

    Args:
        session: The request's transaction.
        household_id: Which.
        new: Who joins, as whom, from when.
        act: Who says so, when.
        moving: Whether she leaves the households that she belongs to on the day she comes.

    Raises:
        HouseholdNotFoundError: There is no such household.
        HouseholdDissolvedError: It is no more.
        PersonNotFoundError: Nobody has that id.
        PeriodOverlapError: She is a member on one of the days.
        HouseholdHasHeadError: There is another head.
        BarrierStandsError: She is kept apart from somebody there.
    """
    household = await households.load_for_change(session, household_id)
    if household.dissolved_on is not None:
        raise HouseholdDissolvedError
    members = await households.members(session, household_id)
    join(members, new)
    held = await households.hold(session, {new.person_id, *asking(members, act.today)}, act.at)
    act = replace(act, at=held.at)
    if moving:
        await leave_others(session, household_id, [new], act, held)
    await households.write(session, household_id, [new], held)
    await settle_members(session, household_id, [new.person_id], act, held)
    return await households.touch(session, household_id)
