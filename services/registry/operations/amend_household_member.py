"""Correct as whom, and on which days, a person belongs to a household."""

from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.etags import VersionConflictError
from services.kit.periods import Period
from services.registry.domain.acts import Act
from services.registry.domain.households import HouseholdDissolvedError, asking, join, latest
from services.registry.domain.persons import Role
from services.registry.operations.settle_members import settle_members
from services.registry.store import households


async def amend_household_member(
    session: AsyncSession, household_id: UUID, person_id: UUID, version: int, *, role: Role, valid: Period, act: Act
) -> int:
    """Replace the last membership of a person by a corrected one; return the household's version.

    Args:
        session: The request's transaction.
        household_id: Which.
        person_id: Whose membership.
        version: The household's version that the correction was made from.
        role: As whom she belongs to it.
        valid: On which days.
        act: Who corrects, when.

    Raises:
        HouseholdNotFoundError: There is no such household.
        HouseholdDissolvedError: It is no more.
        VersionConflictError: It has changed since that version.
        MemberNotFoundError: She is no member.
        PeriodOverlapError: She is a member otherwise on one of the days.
        HouseholdHasHeadError: There is another head.
        BarrierStandsError: She is kept apart from somebody there.
    """
    household = await households.load_for_change(session, household_id)
    if household.version != version:
        raise VersionConflictError
    if household.dissolved_on is not None:
        raise HouseholdDissolvedError
    members = await households.members(session, household_id)
    before = latest(members, person_id)
    after = replace(before, id=None, role=role, valid=valid)
    if (before.role, before.valid) == (role, valid):
        return version
    join([member for member in members if member is not before], after)
    held = await households.hold(session, {person_id, *asking(members, act.today)}, act.at)
    act = replace(act, at=held.at)
    await households.close(session, [before], held.at)
    await households.write(session, household_id, [after], held)
    await settle_members(session, household_id, [person_id], act, held)
    return await households.touch(session, household_id)
