"""Lift a barrier."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.barriers import Barrier
from services.registry.domain.rights import Actor
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import barriers


async def lift_barrier(session: AsyncSession, barrier_id: UUID, act: Act, actor: Actor) -> Barrier:
    """Lift a barrier on the word of a second person of the team; the protected person's facts say so from then on.

    Raises:
        BarrierNotFoundError: There is none that stands, or it is another team's.
        LiftNotProposedError: Nobody has proposed it.
        SecondPersonRequiredError: Who agrees is, or may be, the one who proposed.
    """
    barrier = await barriers.load_for_change(session, barrier_id, actor.organisation)
    lifted = barrier.lift(by=actor, at=act.at)
    await barriers.save(session, lifted)
    await refresh_sharing(session, lifted.protected_id, act)
    return lifted
