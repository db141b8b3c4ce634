"""Let some of a household leave together and found their own, out of sight of those they leave if they need it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.barriers import OnBothSidesError, pairs
from services.registry.domain.households import HouseholdDissolvedError, asking, split, vacate
from services.registry.domain.moves import move
from services.registry.domain.papers import Address
from services.registry.domain.rights import Actor
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.operations.settle_members import settle_members
from services.registry.store import barriers, households, loading, representatives


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves, and how.

    Attributes:
        persons: Who leaves; each once.
        on: The first day in their own household.
        head: Who leads it; None for the first who was no child.
        protected: Whether the head they leave, and whoever else is named, must not see them from then on.
        from_ids: Who else.
        reason: As given; kept with the barriers.
        address: Where they go, from that day on; None where it is not told.
    """

    persons: Sequence[UUID]
    on: date
    head: UUID | None = None
    protected: bool = False
    from_ids: Sequence[UUID] = ()
    reason: str | None = None
    address: Address | None = None


async def split_household(session: AsyncSession, household_id: UUID, leaving: Leaving, act: Act, actor: Actor) -> UUID:
    """Store the household of those who leave, and return its id. All in one transaction, the barriers included.

    A protected split moves nothing of those who stay: no record, no version, no change. Without a new address those
    who leave for protection have none from then on: what was known is where they are looked for.

    Args:
        session: The request's transaction.
        household_id: Which they leave.
        leaving: Who leaves, and how.
        act: When.
        actor: Who does it; her organisation becomes the team that may lift the barriers.

    Raises:
        HouseholdNotFoundError: There is no such household.
        HouseholdDissolvedError: It is no more.
        NotAMemberError: One of them is not in it on that day.
        NobodyStaysError: All of them leave.
        BarrierToNobodyError: A protected split from nobody, or from one of those who leave.
        OnBothSidesError: Who asks acts for one of those they are to be protected from.
        PeriodOverlapError: One of them has an address that starts later.
        TooManyBarriersError: More than can travel with the facts of one of them.
    """
    household = await households.load_for_change(session, household_id)
    if household.dissolved_on is not None:
        raise HouseholdDissolvedError
    members = await households.members(session, household_id)
    found = split(members, leaving.persons, leaving.on, leaving.head)
    from_ids = tuple(dict.fromkeys((*found.left, *leaving.from_ids)))
    kept_apart = pairs(leaving.persons, from_ids) if leaving.protected else []
    if kept_apart and await representatives.act_for(session, from_ids, actor.organisation, actor.subject, act.today):
        raise OnBothSidesError
    held = await households.hold(session, leaving.persons, act.at)
    act = replace(act, at=held.at)
    await households.close(session, [departure.closed for departure in found.departures], held.at)
    kept = [departure.kept for departure in found.departures if departure.kept is not None]
    await households.write(session, household_id, kept, held)
    new_id = await households.create(session, act.source.organisation, held.at)
    await households.write(session, new_id, found.arrivals, held)
    await barriers.place(session, kept_apart, by=actor, at=held.at, reason=leaving.reason)
    changes = {person_id: await _moved(session, person_id, leaving) for person_id in leaving.persons}
    await settle_members(session, new_id, leaving.persons, act, held, changes=changes)
    if not leaving.protected:
        await households.touch(session, household_id)
        apart = replace(act, source=replace(act.source, content={}))  # where they go is no part of another's record
        for one in asking(members, act.today, but=leaving.persons):
            await refresh_sharing(session, one, apart)
    return new_id


async def _moved(session: AsyncSession, person_id: UUID, leaving: Leaving) -> dict[str, Any]:
    """Return what changes of a person's addresses."""
    addresses = (await loading.load(session, person_id)).addresses
    if leaving.address is not None:
        moved = move(addresses, leaving.address, pointer="/address")
        return {"addresses": (*(row for row in addresses if row not in moved.closed), *moved.opened)}
    return {"addresses": vacate(addresses, leaving.on)} if leaving.protected else {}
