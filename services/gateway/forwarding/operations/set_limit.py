"""Give an organisation, or one of its clients, other numbers."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services.gateway.forwarding.domain.errors import LimitTooSmallError
from services.gateway.forwarding.domain.limits import LimitClass, Override
from services.gateway.forwarding.store.overrides import lock_override, save_override
from services.kit.etags import VersionConflictError


async def set_limit(
    session: AsyncSession,
    *,
    organisation: str,
    client_id: str | None,
    limited: LimitClass,
    policy: str,
    numbers: tuple[int, int, int] | None,
    version: int,
    at: datetime,
) -> Override:
    """Set the numbers of one limit, or take them back.

    Args:
        session: The transaction; the caller commits.
        organisation: Code of the partner.
        client_id: None for all its clients.
        limited: The class that the limit belongs to.
        policy: Name of the limit.
        numbers: Units, window in seconds and burst; None for the default again.
        version: The one that the change is made on; 0 where there is none.
        at: The instant of the change.

    Raises:
        LimitTooSmallError: One call of the class costs more than the burst.
        VersionConflictError: Somebody has changed it since.
    """
    if numbers is not None and numbers[2] < max(limited.operations.values(), default=1):
        raise LimitTooSmallError
    stored = await lock_override(session, organisation, client_id, policy)
    if version != (stored.version if stored else 0):
        raise VersionConflictError
    units, window_s, burst = numbers or (None, None, None)
    changed = Override(organisation, client_id, policy, version + 1, units, window_s, burst)
    if not await save_override(session, changed, at=at):
        raise VersionConflictError
    return changed
