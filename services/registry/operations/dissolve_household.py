"""Dissolve a household."""

from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.households import HouseholdDissolvedError, leave
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import households


async def dissolve_household(session: AsyncSession, household_id: UUID, on: date, reason: str | None, act: Act) -> None:
    """End a household and whatever belonging to it goes beyond its last day.

    Args:
        session: The request's transaction.
        household_id: Which.
        on: Its last day.
        reason: As given.
        act: Who says so, when.

    Raises:
        HouseholdNotFoundError: There is no such household.
        HouseholdDissolvedError: It is no more already.
    """
    household = await households.load_for_change(session, household_id)
    if household.dissolved_on is not None:
        raise HouseholdDissolvedError
    members = [
        member
        for member in await households.members(session, household_id)
        if member.valid.end is None or member.valid.end > on
    ]
    held = await households.hold(session, (member.person_id for member in members), act.at)
    departures = [leave(member, on) for member in members]
    await households.close(session, members, held.at)
    kept = [departure.kept for departure in departures if departure.kept is not None]
    await households.write(session, household_id, kept, held)
    await households.dissolve(session, household_id, on, held.at, reason)
    await households.touch(session, household_id)
    for person_id, record in held.records.items():
        await refresh_sharing(session, person_id, replace(act, at=held.at), source_record_id=record)
