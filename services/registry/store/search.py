"""Candidates for a search, found by indexed keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.withholding import Viewer
from services.registry.domain.search import Candidate, Criteria, SearchEntry, phone_key
from services.registry.store.documents import BIRTH
from services.registry.store.driver import driver
from services.registry.store.loading import name_of
from services.registry.store.rows import COLUMNS, search_row
from services.registry.store.walls import Places, open_to

MOST_CANDIDATES = 2_000
"""The most that are scored; who has more namesakes asks with one more criterion."""


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate and what is shown of her.

    Attributes:
        shown: JSON-able part of a hit.
    """

    person_id: UUID
    candidate: Candidate
    shown: Mapping[str, Any]


_SHOWN = f"""json_build_object(
    'person_id', p.id, 'programme_number', p.programme_number, 'names', p.names, 'sex', p.sex, 'birth', {BIRTH},
    'nationalities', e.nationalities, 'region', e.region)::text AS shown,
    e.birth_from, e.birth_to,
    ARRAY(SELECT substr(key, 3) FROM unnest(e.keys) AS key WHERE starts_with(key, 'p:')) AS phones
    FROM search_entry e JOIN person p ON p.id = e.person_id"""

_OF = "($2::text IS NULL OR p.organisation = $2)"


async def by_criteria(
    session: AsyncSession,
    criteria: Criteria,
    names: Sequence[frozenset[str]],
    *,
    organisation: str | None,
    viewer: Viewer | None = None,
) -> list[Found]:
    """Return persons that have a key of every word asked for and contradict no other criterion.

    Args:
        session: The request's transaction.
        criteria: What is asked.
        names: For each word of the name, the keys of which one is enough.
        organisation: Whose persons alone are looked through; None for everybody's.
        viewer: Who looks; None for the service itself.
    """
    statement, arguments = statement_of(criteria, names, organisation=organisation, viewer=viewer)
    return [_found(row) for row in await (await driver(session)).fetch(statement, *arguments)]


def statement_of(
    criteria: Criteria, names: Sequence[frozenset[str]], *, organisation: str | None, viewer: Viewer | None = None
) -> tuple[str, Sequence[Any]]:
    """Return the statement of `by_criteria` and its arguments."""
    clauses: list[str] = []
    place = Places()

    clauses += [f"e.keys && {place(list(keys))}::text[]" for keys in names]
    if criteria.phone is not None:
        clauses.append(f"e.keys @> {place([phone_key(criteria.phone)])}::text[]")
    if criteria.birth_year is not None:
        first = place(criteria.birth_year - criteria.birth_year_margin)
        last = place(criteria.birth_year + criteria.birth_year_margin)
        clauses.append(f"(e.birth_from IS NULL OR (e.birth_from <= {last}::int AND e.birth_to >= {first}::int))")
    if criteria.nationality is not None:
        clauses.append(f"(e.nationalities = '{{}}' OR {place(criteria.nationality)}::text = ANY(e.nationalities))")
    if criteria.region is not None:
        clauses.append(f"(e.region IS NULL OR e.region = {place(criteria.region)}::text)")
    if organisation is not None:
        clauses.append(f"p.organisation = {place(organisation)}::text")
    if viewer is not None:
        clauses.append(open_to("p.id", viewer, place))
    statement = f"SELECT {_SHOWN} WHERE {' AND '.join(clauses)} LIMIT {MOST_CANDIDATES}"
    return statement, place.arguments


async def by_number(
    session: AsyncSession, criteria: Criteria, *, organisation: str | None, viewer: Viewer | None = None
) -> list[Found]:
    """Return persons who hold the number asked for, among the organisation's own where one is named."""
    connection = await driver(session)
    if criteria.programme_number is not None:
        place = Places(criteria.programme_number, organisation)
        wall = "true" if viewer is None else open_to("p.id", viewer, place)
        rows = await connection.fetch(
            f"SELECT {_SHOWN} WHERE p.programme_number = $1 AND {_OF} AND {wall}", *place.arguments
        )
        return [_found(row) for row in rows]
    system, value = criteria.identifier or (None, "")
    place = Places(value, organisation, system)
    wall = "true" if viewer is None else open_to("p.id", viewer, place)
    rows = await connection.fetch(
        f"SELECT {_SHOWN} WHERE p.id IN (SELECT i.person_id FROM identifier i WHERE i.value_norm = $1"
        f" AND upper_inf(i.known) AND ($3::text IS NULL OR i.system = $3)) AND {_OF} AND {wall} LIMIT 20",
        *place.arguments,
    )
    return [_found(row) for row in rows]


async def outdated(session: AsyncSession, key_version: int, most: int) -> list[UUID]:
    """Return persons whose keys an older rule has made, and hold their entries."""
    rows = await (await driver(session)).fetch(
        "SELECT person_id FROM search_entry WHERE key_version < $1 LIMIT $2 FOR UPDATE SKIP LOCKED", key_version, most
    )
    return [row[0] for row in rows]


async def replace(session: AsyncSession, person_id: UUID, entry: SearchEntry) -> None:
    """Store the entry that a person is found by."""
    row = search_row(person_id, entry)
    names = COLUMNS["search_entry"]
    changes = ", ".join(f"{name} = ${place}" for place, name in enumerate(names[1:], 2))
    await (await driver(session)).execute(f"UPDATE search_entry SET {changes} WHERE person_id = $1", *row)


def _found(row: asyncpg.Record) -> Found:
    shown: dict[str, Any] = orjson.loads(row[0])
    names = tuple(name_of(name) for name in shown["names"])
    candidate = Candidate(names, row[1], row[2], tuple(shown["nationalities"]), shown["region"], frozenset(row[3]))
    return Found(UUID(shown["person_id"]), candidate, shown)
