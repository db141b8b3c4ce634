"""What corrections and retractions share: who corrects, what the whole becomes, and how the answer looks."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeVar
from uuid import UUID

import orjson
from fastapi import Depends, Response
from pydantic import ValidationError
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit import merge_patch, problems
from services.kit.application import field_errors
from services.kit.callers import Caller, requires
from services.kit.database import WriteSession
from services.kit.etags import IfMatch, VersionConflictError
from services.kit.fields import StrictModel
from services.kit.problems import Problem
from services.registry.api.dependencies import Deed, Lists, PersonId, Trail, Writing, answer, require_open
from services.registry.api.intake import Reader
from services.registry.api.words import refuse_errors
from services.registry.contract.corrections import Retraction
from services.registry.domain.acts import Act
from services.registry.domain.persons import Person
from services.registry.store import loading
from services.registry.store.reading import Stored

M = TypeVar("M", bound=StrictModel)
C = TypeVar("C")
Retract = Callable[[AsyncSession, UUID, UUID, Act], Awaitable[Person]]


@dataclass(frozen=True, slots=True)
class Correcting:
    """A request that corrects one part of one person.

    Attributes:
        version: The version that the correction was made from.
    """

    person_id: UUID
    caller: Caller
    session: AsyncSession
    writing: Deed
    reader: Reader
    version: int

    async def person(self) -> Person:
        """Return the person, held until the end of the transaction.

        Raises:
            PersonNotFoundError: There is no such person.
            VersionConflictError: She has changed since the version that the correction was made from.
        """
        person = await loading.load_for_change(self.session, self.person_id)
        if person.version != self.version:
            raise VersionConflictError
        return person

    async def part(
        self,
        part_id: UUID,
        row: C | None,
        correct: Callable[..., Awaitable[tuple[Person, C]]],
        show: Callable[[C], Mapping[str, Any]],
    ) -> Response:
        """Store what the reader has read, and answer with the part as stored; its id stays.

        Args:
            part_id: Which part.
            row: What it becomes; None when the reader found an error.
            correct: The operation.
            show: The part's wire shape, without its id.
        """
        refuse_errors(self.reader.found)
        act = replace(await self.writing.by(self.caller), provenance=self.reader.told)
        person, stored = await correct(self.session, self.person_id, part_id, row, act, version=self.version)
        body = orjson.dumps({"id": part_id, **show(stored)}).decode()
        return answer(Stored(body, person.version), found=self.reader.found)


def merged(shape: type[M], shown: Mapping[str, Any], patch: StrictModel) -> M:
    """Return a part with a merge patch laid over it.

    Raises:
        Problem: 422 when the whole is not what a part must be.
    """
    document = orjson.loads(orjson.dumps(shown))
    whole = merge_patch.apply(document, patch.model_dump(mode="json", exclude_unset=True))
    try:
        return shape.model_validate_json(orjson.dumps(whole))
    except ValidationError as error:
        found = [{**one, "loc": ("body", *one["loc"])} for one in error.errors(include_input=False, include_url=False)]
        raise Problem(problems.INVALID, list(field_errors(found))) from None


async def correcting(  # noqa: PLR0917  # what FastAPI puts together
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:write")],
    version: IfMatch,
    session: WriteSession,
    lists: Lists,
    writing: Writing,
    trail: Trail,
) -> Correcting:
    """Return who corrects, of whom; a coroutine, because FastAPI sends plain calls to a thread."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return Correcting(person_id, caller, session, writing, Reader(lists, writing.today), version)


Correction = Annotated[Correcting, Depends(correcting)]


@dataclass(frozen=True, slots=True)
class Retracting:
    """A request that takes one part of one person back."""

    person_id: UUID
    caller: Caller
    session: AsyncSession
    writing: Deed

    async def part(self, part_id: UUID, retract: Retract) -> Response:
        """Take a part back and say from when on it is no longer held for true."""
        person = await retract(self.session, self.person_id, part_id, await self.writing.by(self.caller))
        body = orjson.dumps({"id": part_id, "retracted_at": person.recorded_at}).decode()
        return answer(Stored(body, person.version))


async def retracting(
    *,
    person_id: PersonId,
    caller: Annotated[Caller, requires("persons:write")],
    session: WriteSession,
    writing: Writing,
    trail: Trail,
    body: Retraction,  # noqa: ARG001  # its reason is kept with the body, in the source record
) -> Retracting:
    """Return who takes back, of whom."""
    trail.about(person_id)
    await require_open(session, person_id, caller)
    return Retracting(person_id, caller, session, writing)


Taking = Annotated[Retracting, Depends(retracting)]
