"""Join what the services say about a person, with honest gaps."""

import asyncio
from collections.abc import Mapping
from uuid import UUID

import orjson

from services.gateway.persons.domain.errors import PersonUnknownError
from services.gateway.persons.domain.parts import DENIED, PARTS, UNAVAILABLE, Asking, Part, part_of
from services.gateway.ports import Services
from services.kit.callers import Caller

DEADLINE_S = 2.0
_UNKNOWN = 404


async def read_overview(
    services: Services, *, person_id: UUID, caller: Caller, request_id: str, deadline_s: float = DEADLINE_S
) -> Mapping[str, Part]:
    """Return the parts by name; all are asked at once, and none waits for another.

    Args:
        services: Speaks to the services.
        person_id: Whom it is about.
        caller: Who asks; parts whose scope she lacks, or that her agreements do not give, are not asked for.
        request_id: Ties the log lines together.
        deadline_s: How long a part may take before it counts as unavailable.

    Raises:
        PersonUnknownError: The registry answers, and knows nobody under this id.
    """

    async def ask(asking: Asking) -> Part:
        if asking.scope not in caller.scopes or caller.share_of(asking.resource) is None:
            return DENIED
        try:
            async with asyncio.timeout(deadline_s):
                reply = await services.ask(
                    asking.service,
                    "GET",
                    asking.target.format(person_id=person_id),
                    caller=caller,
                    scopes=caller.scopes,
                    request_id=request_id,
                    deadline_s=deadline_s,
                )
            if asking.service == "registry" and reply.status == _UNKNOWN:
                raise PersonUnknownError
            data = orjson.loads(reply.body)
        except (ConnectionError, TimeoutError, orjson.JSONDecodeError):
            return UNAVAILABLE
        return part_of(reply.status, data if isinstance(data, dict) else None)

    tasks = [asyncio.create_task(ask(asking)) for asking in PARTS]
    try:
        parts = await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
    return {asking.name: part for asking, part in zip(PARTS, parts, strict=True)}
