"""End a person's belonging to a household."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.households import MemberNotFoundError, asking, latest, leave
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import barriers, households


async def end_household_membership(
    session: AsyncSession, household_id: UUID, person_id: UUID, on: date, act: Act
) -> int:
    """Store a person's last day in a household and return the household's version.

    Where she is protected from somebody there, nothing of theirs moves.

    Args:
        session: The request's transaction.
        household_id: Which.
        person_id: Who leaves.
        on: Her last day there.
        act: Who says so, when.

    Raises:
        HouseholdNotFoundError: There is no such household.
        MemberNotFoundError: She is no member on that day or later.
    """
    household = await households.load_for_change(session, household_id)
    members = await households.members(session, household_id)
    member = latest(members, person_id)
    if member.valid.end is not None and member.valid.end <= on:
        raise MemberNotFoundError
    shunned = {barrier.from_id for barrier in await barriers.standing(session, [person_id])}
    quiet = bool(shunned & {one.person_id for one in members})
    others = [] if quiet else asking(members, act.today, but=[person_id])
    held = await households.hold(session, {person_id, *others}, act.at)
    act = replace(act, at=held.at)
    departure = leave(member, on)
    await households.close(session, [member], held.at)
    await households.write(session, household_id, [departure.kept] if departure.kept else [], held)
    for one in sorted({person_id, *others}):
        await refresh_sharing(session, one, act, source_record_id=held.records[one])
    return household.version if quiet else await households.touch(session, household_id)
