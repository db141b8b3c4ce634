"""What the registry's routes share: reference lists, the act behind a write, answers."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import orjson
from fastapi import Depends, Path, Query, Request, Response
from pydantic import AwareDatetime
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import audit
from services.kit.callers import Caller
from services.kit.clock import Now, Today
from services.kit.database import Database
from services.kit.etags import etag
from services.kit.fields import CivilDate
from services.registry.api.words import warnings_of
from services.registry.domain.acts import Act
from services.registry.domain.findings import Findings
from services.registry.domain.reference import Reference
from services.registry.domain.sources import Source
from services.registry.store import reference as store
from services.registry.store import seeds, walls
from services.registry.store.reading import Stored
from services.registry.store.walls import Sight

PersonId = Annotated[UUID, Path(description="Id of the person")]
Trail = Annotated[audit.Trail, Depends(audit.trail)]
AsOf = Annotated[
    CivilDate | None, Query(description="Leave out what was not true on this day; default: everything known")
]
KnownAt = Annotated[
    AwareDatetime | None, Query(description="Read everything as it was known at this instant; default: now")
]


async def reference_lists(request: Request) -> Reference:
    """Return the reference lists, read once per process."""
    state = request.app.state
    if state.reference is None:
        database: Database = state.database
        async with database.sessions() as session:
            state.reference = await store.load(session)
    lists: Reference = state.reference
    return lists


Lists = Annotated[Reference, Depends(reference_lists)]


@dataclass(frozen=True, slots=True)
class Deed:
    """Makes the act of a write from the request: clock, keys and what was sent.

    Attributes:
        at: The instant of the request.
        today: The civil date of the request.
    """

    request: Request
    at: datetime
    today: date

    async def by(self, caller: Caller) -> Act:
        """Return the act of this caller; its source is the body as it came."""
        operation = self.request.state.trail.action
        content: Any = await self.request.json() if await self.request.body() else {}
        source = Source(operation, caller.organisation, caller.subject, content)
        return Act(source, self.at, self.today, self.request.app.state.hasher.hash, seeds.spellings())


async def deed(request: Request, at: Now, today: Today) -> Deed:
    """Return the deed of a request; a coroutine, because FastAPI sends plain calls to a thread."""
    return Deed(request, at, today)


Writing = Annotated[Deed, Depends(deed)]


async def require_open(session: AsyncSession, person_id: UUID, caller: Caller) -> None:
    """See that a person is among those whom the caller's agreements open to her, and is not withheld from her.

    Raises:
        PersonNotFoundError: She is not, or there is no such person.
    """
    await walls.require(session, person_id, Sight(caller.viewer, caller.rows_of("persons")))


def answer(
    stored: Stored, *, status: int = 200, location: str | None = None, found: Findings | None = None
) -> Response:
    """Return stored JSON with its entity tag; to a write, with what was odd about it."""
    body = stored.body.encode()
    if found is not None:
        meta = orjson.dumps({"warnings": warnings_of(found.all)})
        body = body[:-1] + b', "meta": ' + meta + b"}"
    headers = {"etag": etag(stored.version), "cache-control": "no-store"}
    if location is not None:
        headers["location"] = location
    return Response(body, status, headers, media_type="application/json")


def listing(stored: Stored) -> Response:
    """Return a stored JSON array as a list."""
    body = b'{"items": ' + stored.body.encode() + b', "next": null}'
    return Response(
        body, headers={"etag": etag(stored.version), "cache-control": "no-store"}, media_type="application/json"
    )
