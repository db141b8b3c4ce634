"""Documents as they stand: what was uploaded about a person, without its content."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.documents import (
    Details,
    Document,
    DocumentNotFoundError,
    DocumentState,
    DocumentTypeUnknownError,
)
from services.registry.domain.errors import PersonNotFoundError
from services.registry.store.driver import driver

_COLUMNS = tuple(Document.__dataclass_fields__)
_DETAILS = tuple(Details.__dataclass_fields__)
_SELECT = (
    f"SELECT {', '.join(f'd.{name}' for name in _COLUMNS)} FROM document d JOIN document_type t ON t.code = d.type"
)
_SEEN = "d.retracted_at IS NULL AND (t.purposes IS NULL OR $1 = ANY(t.purposes))"
"""What is there, for the purpose in $1: a paper that a purpose does not need does not exist for it."""


async def require_person(session: AsyncSession, person_id: UUID) -> None:
    """See that there is such a person.

    Raises:
        PersonNotFoundError: There is none.
    """
    if await (await driver(session)).fetchval("SELECT 1 FROM person WHERE id = $1", person_id) is None:
        raise PersonNotFoundError


async def add(session: AsyncSession, document: Document) -> None:
    """Store a new document.

    Raises:
        DocumentTypeUnknownError: Its type is on no list.
    """
    places = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))
    values = [getattr(document, name) for name in _COLUMNS]
    try:
        await (await driver(session)).execute(
            f"INSERT INTO document ({', '.join(_COLUMNS)}) VALUES ({places})", *values
        )
    except asyncpg.ForeignKeyViolationError as error:
        if error.constraint_name == "fk_document_type_document_type":
            raise DocumentTypeUnknownError from None
        raise


async def page(
    session: AsyncSession, person_id: UUID, purpose: str | None, *, after: UUID | None, limit: int
) -> list[Document]:
    """Return a person's documents for a purpose, oldest first, from one id on."""
    rows = await (await driver(session)).fetch(
        f"{_SELECT} WHERE d.person_id = $2 AND {_SEEN} AND ($3::uuid IS NULL OR d.id > $3) ORDER BY d.id LIMIT $4",
        purpose, person_id, after, limit,
    )  # fmt: skip
    return [_record(row) for row in rows]


async def find(session: AsyncSession, person_id: UUID, document_id: UUID, purpose: str | None) -> Document:
    """Return one document of a person.

    Raises:
        DocumentNotFoundError: There is none, or none for this purpose.
    """
    row = await (await driver(session)).fetchrow(
        f"{_SELECT} WHERE d.id = $3 AND d.person_id = $2 AND {_SEEN}", purpose, person_id, document_id
    )
    if row is None:
        raise DocumentNotFoundError
    return _record(row)


async def find_same(session: AsyncSession, person_id: UUID, sha256: str) -> Document | None:
    """Return the document of a person that has the same content, if there is one."""
    row = await (await driver(session)).fetchrow(
        f"{_SELECT} WHERE d.person_id = $1 AND d.sha256 = $2 AND d.retracted_at IS NULL AND d.state <> 'refused'",
        person_id, sha256,
    )  # fmt: skip
    return None if row is None else _record(row)


async def find_quarantined(session: AsyncSession, document_id: UUID) -> Document | None:
    """Return a document that waits to be examined; None when it does not, or is gone."""
    row = await (await driver(session)).fetchrow(
        f"{_SELECT} WHERE d.id = $1 AND d.state = 'quarantined' AND d.retracted_at IS NULL", document_id
    )
    return None if row is None else _record(row)


async def settle(
    session: AsyncSession, document_id: UUID, state: DocumentState, *, reason: str | None, by: str, at: datetime
) -> None:
    """Let a document out of quarantine, or refuse it."""
    await (await driver(session)).execute(
        "UPDATE document SET state = $2, reason = $3, examined_by = $4, examined_at = $5, version = version + 1"
        " WHERE id = $1 AND state = 'quarantined'",
        document_id, state.value, reason, by, at,
    )  # fmt: skip


async def amend(session: AsyncSession, document_id: UUID, version: int, details: Details) -> bool:
    """Replace what is said about a document; False when it has changed since that version.

    Raises:
        DocumentTypeUnknownError: Its type is on no list.
    """
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(_DETAILS, 3))
    try:
        done: str = await (await driver(session)).execute(
            f"UPDATE document SET version = version + 1, {places} WHERE id = $1 AND version = $2",
            document_id, version, *(getattr(details, name) for name in _DETAILS),
        )  # fmt: skip
    except asyncpg.ForeignKeyViolationError:
        raise DocumentTypeUnknownError from None
    return done == "UPDATE 1"


async def verify(session: AsyncSession, document_id: UUID, *, method: str, by: str, at: datetime) -> None:
    """Say that a document was held against its original or its issuer."""
    await (await driver(session)).execute(
        "UPDATE document SET verified_by = $2, verified_at = $3, verification_method = $4, version = version + 1"
        " WHERE id = $1",
        document_id, by, at, method,
    )  # fmt: skip


async def retract(session: AsyncSession, document_id: UUID, *, reason: str, by: str, at: datetime) -> None:
    """Take a document out of the person's papers; that it was there stays written."""
    await (await driver(session)).execute(
        "UPDATE document SET retracted_at = $2, retracted_by = $3, retraction_reason = $4, version = version + 1"
        " WHERE id = $1",
        document_id, at, by, reason,
    )  # fmt: skip


async def ids_in_use(session: AsyncSession, ids: Sequence[UUID]) -> set[UUID]:
    """Return those of the ids whose content is still needed: not retracted, not refused."""
    rows = await (await driver(session)).fetch(
        "SELECT id FROM document WHERE id = ANY($1) AND retracted_at IS NULL AND state <> 'refused'", list(ids)
    )
    return {row[0] for row in rows}


def _record(row: Any) -> Document:
    values = dict(row)
    values["state"] = DocumentState(values["state"])
    return Document(**values)
