"""Take back an opposition, as its maker wishes."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.oppositions import Opposition, OppositionState, check_withdrawable
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import oppositions, sharing_stops


async def withdraw_opposition(
    session: AsyncSession, person_id: UUID, opposition_id: UUID, *, reason: str | None, act: Act
) -> Opposition:
    """Return the opposition as withdrawn; what it had stopped goes on.

    Raises:
        OppositionNotFoundError: The person has made no such opposition.
        OppositionClosedError: It is rejected or withdrawn already.
    """
    found = await oppositions.find(session, person_id, opposition_id, to_change=True)
    check_withdrawable(found)
    withdrawn = await oppositions.change(
        session,
        opposition_id,
        {"state": OppositionState.WITHDRAWN.value, "ended_at": act.at, "end_reason": reason},
    )
    if await sharing_stops.end(session, sharing_stops.Cause.OPPOSITION, opposition_id, at=act.at):
        await refresh_sharing(session, person_id, act)
    return withdrawn
