"""Exports as they stand: what may be in them, the persons page by page, the file made."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.audit import INSERT, Pseudonyms
from services.kit.withholding import Viewer
from services.registry.domain.bulk_errors import ExportNotFoundError
from services.registry.store.documents import BIRTH
from services.registry.store.driver import driver
from services.registry.store.walls import Places, open_to

OPERATION = "export_persons"
START = UUID(int=0)

_OF = "{0}.person_id = p.id AND upper_inf({0}.known)"
_HOLDS = f"{_OF} AND {{0}}.valid @> {{1}}"
_LATEST = "ORDER BY lower({0}.valid) DESC NULLS LAST, {0}.id DESC LIMIT 1"
_DAYS = "'valid_from', lower({0}.valid), 'valid_to', upper({0}.valid) - 1"


def _document(day: str) -> str:
    return f"""json_build_object(
    'programme_number', p.programme_number, 'names', p.names, 'sex', p.sex, 'birth', {BIRTH},
    'birth_place', p.birth_place, 'mother_name', p.mother_name, 'father_name', p.father_name,
    'languages', p.languages, 'school_level', p.school_level, 'contacts', p.contacts,
    'nationality', (SELECT n.code FROM nationality n WHERE {_HOLDS.format("n", day)} ORDER BY n.id LIMIT 1),
    'passport', (SELECT i.value FROM identifier i
        WHERE {_OF.format("i")} AND i.system = 'PASSPORT' ORDER BY i.id DESC LIMIT 1),
    'permit', (SELECT json_build_object('type', r.type, 'number', r.number, {_DAYS.format("r")})
        FROM permit r WHERE {_OF.format("r")} {_LATEST.format("r")}),
    'legal_status', (SELECT json_build_object('code', s.code, {_DAYS.format("s")})
        FROM legal_status s WHERE {_HOLDS.format("s", day)} {_LATEST.format("s")}),
    'address', (SELECT json_build_object('region', a.region, 'unit', a.unit, 'commune', a.commune, 'line', a.line)
        FROM address a WHERE {_HOLDS.format("a", day)} {_LATEST.format("a")}),
    'household', (SELECT json_build_object('id', h.household_id, 'role', h.role)
        FROM household_member h WHERE {_HOLDS.format("h", day)} {_LATEST.format("h")}))::text"""


@dataclass(frozen=True, slots=True)
class ExportRun:
    """One export.

    Attributes:
        rows_of: Whose persons alone are in it; None for everybody's.
        fields: The fields that the agreements gave when it was asked for; None for all.
        expires_at: When the file is deleted.
    """

    job_id: str
    organisation: str
    subject: str
    client_id: str
    purpose: str | None
    acting_for: UUID | None
    request_id: str
    rows_of: str | None
    fields: Sequence[str] | None
    format: str
    asked_at: datetime
    expires_at: datetime

    @property
    def viewer(self) -> Viewer:
        """Who looks, for the wall around protected persons."""
        acting_for = None if self.acting_for is None else str(self.acting_for)
        return Viewer(self.organisation, self.subject, self.purpose, acting_for)


_COLUMNS = tuple(ExportRun.__dataclass_fields__)


async def create(session: AsyncSession, run: ExportRun) -> None:
    """Store a new export."""
    places = ", ".join(f"${place}" for place in range(1, len(_COLUMNS) + 1))
    values = [getattr(run, name) for name in _COLUMNS]
    statement = f"INSERT INTO export_run ({', '.join(_COLUMNS)}) VALUES ({places})"
    await (await driver(session)).execute(statement, *values)


async def find(session: AsyncSession, job_id: str) -> ExportRun:
    """Return an export.

    Raises:
        ExportNotFoundError: There is none.
    """
    row = await (await driver(session)).fetchrow(
        f"SELECT {', '.join(_COLUMNS)} FROM export_run WHERE job_id = $1", job_id
    )
    if row is None:
        raise ExportNotFoundError
    return ExportRun(**dict(row))


async def count(session: AsyncSession, run: ExportRun) -> int:
    """Return how many persons there are to look at."""
    found: int = await (await driver(session)).fetchval(
        "SELECT count(*) FROM person WHERE $1::text IS NULL OR organisation = $1", run.rows_of
    )
    return found


async def page(
    session: AsyncSession, run: ExportRun, *, after: UUID, day: date, size: int
) -> list[tuple[UUID, Mapping[str, Any]]]:
    """Return the next persons of an export, in the order of their ids; none at the end.

    Whoever is withheld from the one who asked is not among them.
    """
    places = Places(after, size, day)
    clauses = ["p.id > $1"]
    if run.rows_of is not None:
        clauses.append(f"p.organisation = {places(run.rows_of)}::text")
    clauses.append(open_to("p.id", run.viewer, places))
    statement = (
        f"SELECT p.id, {_document('$3::date')} FROM person p WHERE {' AND '.join(clauses)} ORDER BY p.id LIMIT $2"
    )
    rows = await (await driver(session)).fetch(statement, *places.arguments)
    return [(row[0], orjson.loads(row[1])) for row in rows]


async def note_read(session: AsyncSession, run: ExportRun, persons: Sequence[UUID], pseudonyms: Pseudonyms) -> None:
    """Write into the trail whom a page of the file is about: each of them can see who took her data out."""
    names = sorted(pseudonyms.of(person) for person in persons)
    await (await driver(session)).execute(
        INSERT, OPERATION, "ok", run.subject, run.client_id, run.organisation, run.purpose, names, run.request_id
    )


async def add_chunk(session: AsyncSession, job_id: str, first_byte: int, content: bytes) -> None:
    """Store a piece of the file."""
    await (await driver(session)).execute(
        "INSERT INTO export_chunk (job_id, first_byte, content) VALUES ($1, $2, $3)", job_id, first_byte, content
    )


async def chunks(session: AsyncSession, job_id: str) -> AsyncIterator[bytes]:
    """Yield the pieces of the file, in order."""
    connection = await driver(session)
    offset = 0
    while piece := await connection.fetchval(
        "SELECT content FROM export_chunk WHERE job_id = $1 AND first_byte = $2", job_id, offset
    ):
        yield piece
        offset += len(piece)


async def drop_file(session: AsyncSession, job_id: str) -> None:
    """Delete what there is of a file."""
    await (await driver(session)).execute("DELETE FROM export_chunk WHERE job_id = $1", job_id)


async def close_files(session: AsyncSession, person_id: UUID, withheld: Mapping[str, Any] | None, at: datetime) -> None:
    """End at once the files in which a person may be: those of who may no longer see her, or with None all of them.

    An ended file is not given out, and the next sweep deletes what there is of it.

    Args:
        session: The transaction that withholds her, or erases her.
        person_id: Who.
        withheld: From whom she is now kept, as `kit.withholding` writes it.
        at: The present instant.
    """
    closed = "withheld_from($3::jsonb, $1, organisation, subject, purpose, acting_for, NULL)"
    statement = f"""UPDATE export_run SET expires_at = $2 WHERE expires_at > $2
        AND (rows_of IS NULL OR rows_of = (SELECT organisation FROM person WHERE id = $1))
        AND {"true" if withheld is None else closed}"""
    arguments = (person_id, at) if withheld is None else (person_id, at, orjson.dumps(withheld).decode())
    await (await driver(session)).execute(statement, *arguments)


async def drop_expired(session: AsyncSession, at: datetime) -> int:
    """Delete the files whose time is over; return how many exports were forgotten."""
    connection = await driver(session)
    expired = "SELECT job_id FROM export_run WHERE expires_at <= $1"
    await connection.execute(f"DELETE FROM export_chunk WHERE job_id IN ({expired})", at)
    rows = await connection.fetch("DELETE FROM export_run WHERE expires_at <= $1 RETURNING job_id", at)
    return len(rows)
