"""Write persons: a new one, or the next version of one that is known."""

from uuid import UUID

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.background import changes
from services.registry.domain.acts import Record
from services.registry.domain.contributions import Contribution, contribution_between, contribution_of_intake
from services.registry.domain.persons import Person
from services.registry.store.contributions import document_of
from services.registry.store.driver import driver
from services.registry.store.rows import (
    COLUMNS,
    CORE_COLUMNS,
    Row,
    Rows,
    core_values,
    insert_statement,
    number_order,
    search_row,
)

_PARTS = {
    "nationality": "nationalities",
    "identifier": "identifiers",
    "permit": "permits",
    "legal_status": "legal_statuses",
    "address": "addresses",
    "household_member": "memberships",
}
"""Table to the field of `Person` that holds its rows."""

_KEEP_PAST = """
INSERT INTO person_past (person_id, version, known, document)
SELECT id, version, tstzrange(recorded_at, $2), to_jsonb(person) FROM person WHERE id = $1
"""
_SEARCH_UPDATE = ", ".join(
    f"{name} = excluded.{name}" for name in ("keys", "birth_from", "birth_to", "nationalities", "region", "key_version")
)


async def draw_number(session: AsyncSession) -> tuple[UUID, int]:
    """Return a new person's id and the serial of her programme number."""
    rows = await (await driver(session)).fetch("SELECT uuidv7(), nextval('programme_number_seq')")
    return rows[0][0], rows[0][1]


async def add(session: AsyncSession, record: Record) -> None:
    """Store a new person with her source record, her search keys and her change."""
    connection = await driver(session)
    source_record_id = await connection.fetchval("SELECT uuidv7()")
    rows = Rows()
    rows.add_person(record.person, source_record_id, record.source.organisation)
    rows.by_table["search_entry"].append(search_row(record.person.id, record.entry))
    await _insert(connection, rows)
    contribution = contribution_of_intake(record.person, record.provenance)
    await _keep_source(connection, record, source_record_id, contribution)
    await _tell(session, record, record.source.organisation)


async def save(session: AsyncSession, before: Person, record: Record, *, source_record_id: UUID | None = None) -> None:
    """Store the next version of a person with what goes beside it.

    The version before is kept whole; rows that are gone end their known period; rows without an id are added.

    Args:
        session: The request's transaction.
        before: As she was loaded.
        record: Her next version.
        source_record_id: Id of the record, where rows beside her already name it; else a new one.
    """
    connection = await driver(session)
    after = record.person
    at = after.recorded_at
    source_record_id = source_record_id or await connection.fetchval("SELECT uuidv7()")
    await connection.execute(_KEEP_PAST, after.id, at)
    places = ", ".join(f"{name} = ${place}" for place, name in enumerate(CORE_COLUMNS, 5))
    owner = await connection.fetchval(
        f"UPDATE person SET version = $2, recorded_at = $3, source_record_id = $4, {places} WHERE id = $1"
        " RETURNING organisation",
        after.id,
        after.version,
        at,
        source_record_id,
        *core_values(after.core),
    )
    for table, part in _PARTS.items():
        gone = _ids(before, part) - _ids(after, part)
        if gone:
            await connection.execute(
                f"UPDATE {table} SET known = tstzrange(lower(known), $2) WHERE id = ANY($1) AND upper_inf(known)",
                list(gone),
                at,
            )
    rows = Rows()
    rows.add_parts(after, at, source_record_id)
    await _insert(connection, rows)
    contribution = contribution_between(before, after, provenance=record.provenance, verifies=record.verifies)
    await _keep_source(connection, record, source_record_id, contribution)
    await connection.execute(
        f"{insert_statement('search_entry')} ON CONFLICT (person_id) DO UPDATE SET {_SEARCH_UPDATE}",
        *search_row(after.id, record.entry),
    )
    await _tell(session, record, owner)


async def _tell(session: AsyncSession, record: Record, owner: str) -> None:
    person = record.person
    await changes.append(
        session,
        subject=person.id,
        kind=record.change_kind,
        version=person.version,
        payload={"facts": record.facts, "organisation": owner},
    )


def _ids(person: Person, part: str) -> set[UUID]:
    return {row.id for row in getattr(person, part) if row.id is not None}


async def _keep_source(
    connection: asyncpg.Connection, record: Record, source_record_id: UUID, contribution: Contribution | None
) -> None:
    """Store the record as it came, with what it says of the person herself: she can be assembled again from these."""
    said = None if contribution is None else document_of(contribution)
    statement = insert_statement("source_record", (*COLUMNS["source_record"], "contribution"))
    await connection.execute(statement, *_source_row(record, source_record_id), said)


def _source_row(record: Record, source_record_id: UUID) -> Row:
    person, source = record.person, record.source
    return (
        source_record_id,
        person.id,
        person.version,
        source.operation,
        source.organisation,
        source.received_by,
        person.recorded_at,
        None,
        None,
        source.fingerprint,
        orjson.dumps(source.content, default=str).decode(),
    )


async def _insert(connection: asyncpg.Connection, rows: Rows) -> None:
    # In one order everywhere: two writers that want the same two numbers wait for each other and never in a circle.
    rows.by_table["identifier"].sort(key=number_order)
    for table, values in rows.by_table.items():
        if len(values) == 1:
            await connection.execute(insert_statement(table), *values[0])
        elif values:
            await connection.executemany(insert_statement(table), values)
