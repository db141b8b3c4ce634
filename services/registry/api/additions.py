"""What the four kinds of additions to a person share: who, whom, and how the answer looks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated, Any, Protocol, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Response
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.callers import Caller, requires
from services.kit.database import ReadSession, WriteSession
from services.registry.api.dependencies import (
    Deed,
    KnownAt,
    Lists,
    PersonId,
    Trail,
    Writing,
    answer,
    listing,
    require_open,
)
from services.registry.api.intake import Reader
from services.registry.api.words import refuse_errors
from services.registry.domain.acts import Act
from services.registry.domain.persons import Person
from services.registry.store import reading
from services.registry.store.reading import Stored


class Part(Protocol):
    """A part of a person that is stored as a row."""

    @property
    def id(self) -> UUID | None:
        """Given by the store."""
        ...


P = TypeVar("P", bound=Part)
Add = Callable[[AsyncSession, UUID, P, Act], Awaitable[tuple[Person, P]]]


@dataclass(frozen=True, slots=True)
class Adding:
    """A request that adds one part to one person.

    Attributes:
        reader: Reads the part.
    """

    person_id: UUID
    caller: Caller
    session: AsyncSession
    writing: Deed
    reader: Reader

    async def part(self, part: P | None, add: Add[P], show: Callable[[P], Mapping[str, Any]], path: str) -> Response:
        """Add a part that the reader has read, and answer with it as stored.

        Args:
            part: None when the reader found an error.
            add: The operation.
            show: The part's wire shape, without its id.
            path: Name of the collection in the URL.
        """
        refuse_errors(self.reader.found)
        if part is None:
            raise TypeError("a part that was refused needs an error")
        act = replace(await self.writing.by(self.caller), provenance=self.reader.told)
        person, stored = await add(self.session, self.person_id, part, act)
        body = orjson.dumps({"id": stored.id, **show(stored)}).decode()
        location = f"/v1/persons/{person.id}/{path}/{stored.id}"
        return answer(Stored(body, person.version), status=201, location=location, found=self.reader.found)


async def adding(
    *,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> Adding:
    """Return who adds, to whom; a coroutine, because FastAPI sends plain calls to a thread."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return Adding(person_id, caller, session, writing, Reader(lists, writing.today))


Addition = Annotated[Adding, Depends(adding)]


@dataclass(frozen=True, slots=True)
class Listing:
    """A request that lists one kind of part of one person."""

    person_id: UUID
    session: AsyncSession
    known_at: datetime | None

    async def parts(self, table: str, *, as_of: Any = None) -> Response:
        """Answer with every part of the kind, on a day when one is given."""
        stored = await reading.parts(self.session, table, self.person_id, as_of=as_of, known_at=self.known_at)
        return listing(stored)

    async def part(self, table: str, part_id: UUID) -> Response:
        """Answer with one part.

        Raises:
            PaperNotFoundError: The person has no such part.
        """
        return answer(await reading.part(self.session, table, self.person_id, part_id, known_at=self.known_at))


async def listing_of(
    *,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:read")],
    session: ReadSession,
    trail: Trail,
    known_at: KnownAt = None,
) -> Listing:
    """Return whose parts are asked for."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return Listing(person_id, session, known_at)


Lister = Annotated[Listing, Depends(listing_of)]
