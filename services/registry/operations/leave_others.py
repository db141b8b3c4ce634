"""Let persons leave the households that they belong to for another."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.households import DAY, Member, asking, leave
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import barriers, households
from services.registry.store.households import Held


async def leave_others(
    session: AsyncSession, household_id: UUID, movers: Sequence[Member], act: Act, held: Held
) -> None:
    """End, on the day before they come, what persons belong to besides one household.

    Whoever may ask about them there is told so by her own facts; not if they are protected from somebody there.

    Args:
        session: The request's transaction.
        household_id: Where they come to.
        movers: As whom, and from when.
        act: At the held instant.
        held: What is held of them.
    """
    gone = {member.person_id for member in movers}
    for mover in movers:
        first = mover.valid.start or act.today
        for former_id, member in await households.elsewhere(session, [mover.person_id], household_id, first):
            departure = leave(member, first - DAY)
            await households.close(session, [member], act.at)
            await households.write(session, former_id, [departure.kept] if departure.kept else [], held)
            rest = await households.members(session, former_id)
            shunned = {barrier.from_id for barrier in await barriers.standing(session, [mover.person_id])}
            if not shunned & {one.person_id for one in rest}:
                await households.touch(session, former_id)
                for one in asking(rest, act.today, but=gone):
                    await refresh_sharing(session, one, act)
