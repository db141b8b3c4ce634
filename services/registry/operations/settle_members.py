"""Let newcomers settle in a household: whoever lives with a protected person is protected as she is."""

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.barriers import BarrierStandsError, refuse_too_many
from services.registry.domain.households import asking
from services.registry.domain.rights import Actor
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import barriers, households
from services.registry.store.households import Held


async def settle_members(
    session: AsyncSession,
    household_id: UUID,
    joined: Collection[UUID],
    act: Act,
    held: Held,
    *,
    changes: Mapping[UUID, Mapping[str, Any]] | None = None,
) -> None:
    """Extend the barriers around some of a household to all who live with them, and tell whose facts have changed.

    Args:
        session: The request's transaction.
        household_id: Where they are members already.
        joined: Who is new there.
        act: At the held instant.
        held: What is held of them.
        changes: Further fields of `Person` that change for some of them.

    Raises:
        BarrierStandsError: A newcomer and one of those she would live with are kept apart.
        TooManyBarriersError: More than can travel with the facts of one of them.
    """
    rows = [
        member
        for member in await households.members(session, household_id)
        if member.valid.end is None or member.valid.end >= act.today
    ]
    new = [member.valid for member in rows if member.person_id in joined]
    company = sorted({member.person_id for member in rows if any(member.valid.overlaps(days) for days in new)})
    if await barriers.apart(session, joined, company):
        raise BarrierStandsError
    told = {*joined, *asking(rows, act.today)}
    for barrier in await barriers.standing(session, company):
        if barrier.from_id in company:
            continue  # the two live together still: what parts them is a split
        team = Actor(act.source.received_by, act.source.received_by, barrier.organisation)
        pairs = [(one, barrier.from_id) for one in company]
        told |= await barriers.place(session, pairs, by=team, at=act.at, reason=barrier.reason)
    refuse_too_many(await barriers.standing(session, company))
    for person_id in sorted(told):
        more = (changes or {}).get(person_id, {})
        await refresh_sharing(session, person_id, act, source_record_id=held.records.get(person_id), **more)
