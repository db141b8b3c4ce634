"""Propose to lift a barrier."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.barriers import Barrier, LiftProposal
from services.registry.domain.rights import Actor
from services.registry.store import barriers


async def propose_lift(session: AsyncSession, barrier_id: UUID, reason: str, act: Act, actor: Actor) -> Barrier:
    """Store why a barrier should be lifted, and who says so; it stands until a second person of the team agrees.

    Raises:
        BarrierNotFoundError: There is none that stands, or it is another team's.
    """
    barrier = await barriers.load_for_change(session, barrier_id, actor.organisation)
    proposed = barrier.propose_lift(LiftProposal(reason, actor, act.at))
    await barriers.save(session, proposed)
    return proposed
