"""What the routes of regularisation files share: the rules, and the gate before a file."""

from typing import Annotated
from uuid import UUID

from fastapi import Depends, Path, Request
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.audit import Trail
from services.kit.callers import Caller
from services.kit.database import Database
from services.registry.api.dependencies import require_open
from services.registry.domain.regularisation import RegularisationFile
from services.registry.domain.regularisation_rules import RegularisationBook
from services.registry.store import regularisation as files
from services.registry.store import regularisation_rules as rules

FIELD = {"x-field": "regularisation_files"}
"""A file is one field of the person in an agreement."""

FileId = Annotated[UUID, Path(description="Id of the regularisation file")]


async def read_book(request: Request) -> RegularisationBook:
    """Return the rules, read once per process."""
    state = request.app.state
    book: RegularisationBook | None = getattr(state, "regularisation_book", None)
    if book is None:
        database: Database = state.database
        async with database.sessions() as session:
            state.regularisation_book = book = await rules.load(session)
    return book


Book = Annotated[RegularisationBook, Depends(read_book)]


async def open_file(session: AsyncSession, file_id: UUID, caller: Caller, trail: Trail) -> RegularisationFile:
    """Return a file whose person is open to the caller; of anybody else it is nobody's.

    Raises:
        RegularisationFileNotFoundError: There is no such file.
        PersonNotFoundError: Its person is not open to the caller; answered alike.
    """
    file = await files.find(session, file_id)
    await require_open(session, file.person_id, caller)
    trail.about(file.person_id)
    return file


def may_write(caller: Caller) -> bool:
    """Say whether the caller is shown the category of a file and what tells it."""
    return caller.may("persons:write")
