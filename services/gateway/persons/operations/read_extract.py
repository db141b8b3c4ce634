"""Ask every service for all that it holds about one person."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from services.background.extracts import ExtractBody
from services.gateway.persons.domain.errors import PersonUnknownError
from services.gateway.persons.domain.extracts import ACCESS_LOG, ORIGINS, Extract, Origin, SourceStatus, Use
from services.gateway.ports import Services
from services.kit.callers import Caller

DEADLINE_S = 5.0
MOST_USES = 1000
_LENT = frozenset({"facts:read"})
_OK, _UNKNOWN = 200, 404

ReadUses = Callable[[int], Awaitable[tuple[Sequence[Use], bool, bool] | None]]
"""Give at most so many uses, the newest first; whether there are more; whether all stores have answered."""


async def read_extract(
    services: Services,
    read_uses: ReadUses,
    *,
    person_id: UUID,
    caller: Caller,
    request_id: str,
    deadline_s: float = DEADLINE_S,
) -> Extract:
    """Return everything that is held about a person, and who used it; what could not be asked is named.

    The registry is asked first, and says whether the caller may see her; the others are asked under a right that no
    partner has, for the extract is hers and whole, whoever hands it to her. Nothing of confidential care is asked for.

    Args:
        services: Speaks to the services.
        read_uses: Reads her access log.
        person_id: Whose.
        caller: The desk that serves her.
        request_id: Ties the log lines together.
        deadline_s: How long a service may take before it counts as unavailable.

    Raises:
        PersonUnknownError: The registry knows nobody under this id whom the caller may see.
        ConnectionError: The registry, which alone can say so, does not answer.
    """

    async def ask(origin: Origin) -> list[dict[str, Any]] | None:
        try:
            async with asyncio.timeout(deadline_s):
                reply = await services.ask(
                    origin.service,
                    "GET",
                    origin.target.format(person_id=person_id),
                    caller=caller,
                    scopes=_LENT,
                    request_id=request_id,
                    deadline_s=deadline_s,
                )
            if reply.status == _UNKNOWN and origin.service == "registry":
                raise PersonUnknownError
            if reply.status != _OK:
                return None
            said = ExtractBody.model_validate_json(reply.body)
        except (ConnectionError, TimeoutError, ValidationError):
            return None
        return [section.model_dump(mode="json") for section in said.sections]

    first, *others = ORIGINS
    register = await ask(first)
    if register is None:
        raise ConnectionError("the registry did not say whether the person may be seen")
    answers = [register, *await asyncio.gather(*(ask(origin) for origin in others))]
    uses = await read_uses(MOST_USES)
    found: Mapping[str, list[dict[str, Any]] | None] = {
        origin.name: answer for origin, answer in zip(ORIGINS, answers, strict=True)
    }
    statuses = {name: SourceStatus.UNAVAILABLE if answer is None else SourceStatus.OK for name, answer in found.items()}
    statuses[ACCESS_LOG] = SourceStatus.OK if uses is not None and uses[2] else SourceStatus.UNAVAILABLE
    return Extract(
        statuses,
        {name: answer for name, answer in found.items() if answer},
        uses=() if uses is None else uses[0],
        more_uses=uses is not None and uses[1],
    )
