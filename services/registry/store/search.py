"""Candidates for a search, found by indexed keys."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.search import Candidate, Criteria, phone_key
from services.registry.store.documents import BIRTH
from services.registry.store.driver import driver
from services.registry.store.loading import name_of

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
    session: AsyncSession, criteria: Criteria, names: Sequence[frozenset[str]], *, organisation: str | None
) -> list[Found]:
    """Return persons that have a key of every word asked for and contradict no other criterion.

    Args:
        session: The request's transaction.
        criteria: What is asked.
        names: For each word of the name, the keys of which one is enough.
        organisation: Whose persons alone are looked through; None for everybody's.
    """
    clauses: list[str] = []
    arguments: list[Any] = []

    def place(value: Any) -> str:
        arguments.append(value)
        return f"${len(arguments)}"

    clauses += [f"e.keys && {place(list(keys))}::text[]" for keys in names]
    if criteria.phone is not None:
        clauses.append(f"e.keys @> {place([phone_key(criteria.phone)])}::text[]")
    if criteria.birth_year is not None:
        year = place(criteria.birth_year)
        clauses.append(f"(e.birth_from IS NULL OR {year}::int BETWEEN e.birth_from AND e.birth_to)")
    if criteria.nationality is not None:
        clauses.append(f"(e.nationalities = '{{}}' OR {place(criteria.nationality)}::text = ANY(e.nationalities))")
    if criteria.region is not None:
        clauses.append(f"(e.region IS NULL OR e.region = {place(criteria.region)}::text)")
    if organisation is not None:
        clauses.append(f"p.organisation = {place(organisation)}::text")
    statement = f"SELECT {_SHOWN} WHERE {' AND '.join(clauses)} LIMIT {MOST_CANDIDATES}"
    return [_found(row) for row in await (await driver(session)).fetch(statement, *arguments)]


async def by_number(session: AsyncSession, criteria: Criteria, *, organisation: str | None) -> list[Found]:
    """Return persons who hold the number asked for, among the organisation's own where one is named."""
    connection = await driver(session)
    if criteria.programme_number is not None:
        rows = await connection.fetch(
            f"SELECT {_SHOWN} WHERE p.programme_number = $1 AND {_OF}", criteria.programme_number, organisation
        )
        return [_found(row) for row in rows]
    system, value = criteria.identifier or (None, "")
    rows = await connection.fetch(
        f"SELECT {_SHOWN} WHERE p.id IN (SELECT i.person_id FROM identifier i WHERE i.value_norm = $1"
        f" AND upper_inf(i.known) AND ($3::text IS NULL OR i.system = $3)) AND {_OF} LIMIT 20",
        value,
        organisation,
        system,
    )
    return [_found(row) for row in rows]


def _found(row: asyncpg.Record) -> Found:
    shown: dict[str, Any] = orjson.loads(row[0])
    names = tuple(name_of(name) for name in shown["names"])
    candidate = Candidate(names, row[1], row[2], tuple(shown["nationalities"]), shown["region"], frozenset(row[3]))
    return Found(UUID(shown["person_id"]), candidate, shown)
