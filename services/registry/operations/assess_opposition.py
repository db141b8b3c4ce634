"""Say whether a person's grounds against a use of her data hold."""

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Act
from services.registry.domain.oppositions import Opposition, OppositionState, check_assessable
from services.registry.operations.refresh_sharing import refresh_sharing
from services.registry.store import oppositions, sharing_stops


async def assess_opposition(
    session: AsyncSession, person_id: UUID, opposition_id: UUID, *, uphold: bool, reasons: str, act: Act
) -> Opposition:
    """Return the opposition as assessed. Upheld, the sharing stays stopped; rejected, it goes on.

    Raises:
        OppositionNotFoundError: The person has made no such opposition.
        OppositionClosedError: It is assessed or withdrawn.
        StatutoryOnlyError: A law demands all that it is against.
    """
    found = await oppositions.find(session, person_id, opposition_id, to_change=True)
    check_assessable(found, uphold=uphold)
    state = OppositionState.UPHELD if uphold else OppositionState.REJECTED
    assessed = await oppositions.change(
        session,
        opposition_id,
        {
            "state": state.value,
            "assessed_at": act.at,
            "assessed_by": act.source.received_by,
            "reasons": reasons,
            "ended_at": None if uphold else act.at,
        },
    )
    if not uphold and await sharing_stops.end(session, sharing_stops.Cause.OPPOSITION, opposition_id, at=act.at):
        await refresh_sharing(session, person_id, act)
    return assessed
