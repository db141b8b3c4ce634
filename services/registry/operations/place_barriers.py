"""Protect a person from others."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.barriers import Barrier, OnBothSidesError, pairs, refuse_too_many
from services.registry.domain.rights import Actor
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.operations.settle_members import settle_members
from services.registry.store import barriers, households, representatives

_NO_HOUSEHOLD = UUID(int=0)


async def place_barriers(  # who, from whom, why, by whom
    session: AsyncSession, person_id: UUID, from_ids: Sequence[UUID], reason: str | None, *, act: Act, actor: Actor
) -> list[Barrier]:
    """Place barriers around a person and those she lives with, and return those around her.

    In a household where one of the others lives too nobody else is protected: that takes a split.

    Raises:
        PersonNotFoundError: There is no such person.
        BarrierToNobodyError: From nobody, or from herself.
        OnBothSidesError: Who asks acts for one of the others.
        TooManyBarriersError: More than can travel with her facts.
    """
    found = pairs([person_id], from_ids)
    if await representatives.act_for(session, from_ids, actor.organisation, actor.subject, act.today):
        raise OnBothSidesError
    held = await households.hold(session, [person_id], act.at)
    act = replace(act, at=held.at)
    await barriers.place(session, found, by=actor, at=held.at, reason=reason)
    refuse_too_many(await barriers.standing(session, [person_id]))
    told = False
    for household_id, _ in await households.elsewhere(session, [person_id], _NO_HOUSEHOLD, act.today):
        there = {member.person_id for member in await households.members(session, household_id, as_of=act.today)}
        if not told and not there & set(from_ids):
            await settle_members(session, household_id, [person_id], act, held)
            told = True
    if not told:
        await refresh_sharing(session, person_id, act, source_record_id=held.records[person_id])
    return await barriers.standing(session, [person_id], actor.organisation)
