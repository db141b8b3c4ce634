"""Join what all stores know of who used one person's data, with honest gaps."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from urllib.parse import urlencode
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from services.gateway.audit.domain.accesses import Access, AccessLog, joined
from services.gateway.audit.domain.errors import LogClosedError
from services.gateway.audit.domain.stores import SERVICES, TrailStore
from services.gateway.ports import Services
from services.kit.callers import Caller
from services.trail.contract import AccessesBody

DEADLINE_S = 2.0
_LENT = frozenset({"audit:read"})
_AUDIT = "AUDIT"
_OK, _SEEN, _CLOSED = 200, 204, frozenset({403, 404})


class Own(Protocol):
    """The gateway's own trail."""

    async def accesses(self, person_id: UUID, *, before: tuple[datetime, UUID] | None, limit: int) -> AccessesBody:
        """Return who used a person's data here, the newest first."""
        ...


async def read_access_log(
    services: Services,
    own: Own,
    *,
    person_id: UUID,
    caller: Caller,
    request_id: str,
    before: tuple[datetime, UUID] | None,
    limit: int,
    deadline_s: float = DEADLINE_S,
) -> AccessLog:
    """Return a page of the log; all stores are asked at once, and none waits for another.

    The stores are asked under a right that the caller need not have, for this question alone. Who does not audit must
    be able to see the person first: she may be another organisation's, or kept from the caller.

    Args:
        services: Speaks to the services.
        own: The gateway's own trail.
        person_id: Whose log.
        caller: Who asks.
        request_id: Ties the log lines together.
        before: Instant and id of the last entry that is known already.
        limit: The most entries.
        deadline_s: How long a store may take before it counts as unavailable.

    Raises:
        LogClosedError: The caller may not see this person.
        ConnectionError: The registry, which alone can say so, does not answer.
    """
    if caller.purpose != _AUDIT or caller.acting_for is not None:
        await _check_visible(services, person_id, caller, request_id, deadline_s)
    query = {"person_id": str(person_id), "limit": str(limit + 1)}
    if before is not None:
        query |= {"before_at": before[0].isoformat(), "before_id": str(before[1])}
    target = f"/v1/audit/accesses?{urlencode(query)}"

    async def ask(store: TrailStore) -> Sequence[Access] | None:
        try:
            async with asyncio.timeout(deadline_s):
                if store is TrailStore.GATEWAY:
                    body = await own.accesses(person_id, before=before, limit=limit + 1)
                else:
                    reply = await services.ask(
                        SERVICES[store],
                        "GET",
                        target,
                        caller=caller,
                        scopes=_LENT,
                        request_id=request_id,
                        deadline_s=deadline_s,
                    )
                    if reply.status != _OK:
                        return None
                    body = AccessesBody.model_validate_json(reply.body)
        except (ConnectionError, TimeoutError, OSError, SQLAlchemyError, ValidationError):
            return None
        return [Access(store=store, **dict(item)) for item in body.items]

    tasks = {store: asyncio.create_task(ask(store)) for store in TrailStore}
    try:
        await asyncio.gather(*tasks.values())
    finally:
        for task in tasks.values():
            task.cancel()
    return joined({store: task.result() for store, task in tasks.items()}, limit=limit)


async def _check_visible(
    services: Services, person_id: UUID, caller: Caller, request_id: str, deadline_s: float
) -> None:
    reply = await services.ask(
        "registry",
        "GET",
        f"/v1/persons/{person_id}/visibility",
        caller=caller,
        scopes=caller.scopes,
        request_id=request_id,
        deadline_s=deadline_s,
    )
    if reply.status in _CLOSED:
        raise LogClosedError
    if reply.status != _SEEN:
        raise ConnectionError("the registry did not say whether the person may be seen")
