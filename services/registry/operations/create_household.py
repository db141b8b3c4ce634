"""Found a household."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.households import Member, join
from services.registry.operations.leave_others import leave_others
from services.registry.operations.settle_members import settle_members
from services.registry.store import households


async def create_household(session: AsyncSession, members: Sequence[Member], act: Act, *, moving: bool) -> UUID:
    """Store a household with its first members and return its id.

    Args:
        session: The request's transaction.
        members: At least one.
        act: Who founds it, when.
        moving: Whether they leave the households that they belong to on the day they come.

    Raises:
        PersonNotFoundError: One of them is nobody.
        PeriodOverlapError: Somebody is named twice for the same day.
        HouseholdHasHeadError: Two heads.
        BarrierStandsError: Two of them are kept apart.
    """
    for place, member in enumerate(members):
        join(members[:place], member, f"/members/{place}")
    held = await households.hold(session, (member.person_id for member in members), act.at)
    act = replace(act, at=held.at)
    household_id = await households.create(session, act.source.organisation, held.at)
    if moving:
        await leave_others(session, household_id, members, act, held)
    await households.write(session, household_id, members, held)
    await settle_members(session, household_id, [member.person_id for member in members], act, held)
    return household_id
