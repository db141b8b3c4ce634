"""A batch of an import: what the register knows of its rows, and their storing by COPY."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.domain.acts import Record
from services.registry.domain.import_batches import Known, ReadRow, heads_of, numbers_of
from services.registry.domain.programme_numbers import PREFIX
from services.registry.store.driver import driver
from services.registry.store.imports import VALIDATE, ImportRun
from services.registry.store.rows import COLUMNS, Rows, number_order, search_row

OPERATION = "import_persons"
_ROW, _HEAD = "ROW", "HEAD"

_FINGERPRINTS = """
SELECT row_id, fingerprint FROM source_record WHERE organisation = $1 AND dataset = $2 AND row_id = ANY($3)
"""
_NUMBERS = """
SELECT i.system, i.value_norm FROM unnest($1::text[], $2::text[]) AS asked (system, value_norm)
JOIN identifier i ON i.system = asked.system AND i.value_norm = asked.value_norm AND upper_inf(i.known)
"""
_HEADS = """
SELECT h.key FROM household h JOIN household_member m ON m.household_id = h.id
WHERE h.organisation = $1 AND h.dataset = $2 AND h.key = ANY($3)
    AND m.role = 'HEAD' AND upper_inf(m.known) AND upper_inf(m.valid)
"""
_REGISTERED = "SELECT programme_number FROM person WHERE programme_number = ANY($1)"
_SEEN = """
SELECT s.kind, s.value, s.fingerprint FROM unnest($2::text[], $3::text[]) AS asked (kind, value)
JOIN import_seen s ON s.job_id = $1 AND s.kind = asked.kind AND s.value = asked.value
"""
_HOUSEHOLDS = "SELECT key, id FROM household WHERE organisation = $1 AND dataset = $2 AND key = ANY($3)"


async def known(session: AsyncSession, run: ImportRun, rows: Sequence[ReadRow]) -> Known:
    """Return what the register, and for a validating run the file so far, holds of a batch's rows."""
    connection = await driver(session)
    row_ids = [row.row_id for row in rows if row.row_id]
    numbers = [number for row in rows for number in numbers_of(row)]
    heads = [key for row in rows for key in heads_of(row)]
    held = {(system, value) for system, value in await connection.fetch(_NUMBERS, *_columns(numbers))}
    headed = (
        {key for (key,) in await connection.fetch(_HEADS, run.organisation, run.dataset, heads)} if heads else set()
    )
    programme = [row_id for row_id in row_ids if row_id.startswith(PREFIX)]
    registered = {row[0] for row in await connection.fetch(_REGISTERED, programme)} if programme else frozenset[str]()
    # Read last: what another import of the file stores meanwhile is then seen as unchanged, not as somebody else's.
    fingerprints = _pairs(await connection.fetch(_FINGERPRINTS, run.organisation, run.dataset, row_ids))
    if run.mode == VALIDATE:
        asked = [*numbers, *((_ROW, row_id) for row_id in row_ids), *((_HEAD, key) for key in heads)]
        for kind, value, fingerprint in await connection.fetch(_SEEN, run.job_id, *_columns(asked)):
            if kind == _ROW:
                fingerprints.setdefault(value, fingerprint)
            elif kind == _HEAD:
                headed.add(value)
            else:
                held.add((kind, value))
    return Known(fingerprints, held, headed, registered)


def _pairs(records: Iterable[Any]) -> dict[str, bytes]:
    return {record[0]: record[1] for record in records}


async def remember(session: AsyncSession, run: ImportRun, accepted: Sequence[ReadRow]) -> None:
    """Note what a validating run has met, for the batches after this one."""
    met = Known.of(accepted)
    records: list[tuple[Any, ...]] = [(run.job_id, _ROW, *pair) for pair in met.fingerprints.items()]
    records += [(run.job_id, *number, None) for number in met.numbers]
    records += [(run.job_id, _HEAD, key, None) for key in met.heads]
    if records:
        await (await driver(session)).copy_records_to_table(
            "import_seen", records=records, columns=["job_id", "kind", "value", "fingerprint"]
        )


def _columns(pairs: Sequence[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [first for first, _ in pairs], [second for _, second in pairs]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Ids for a batch.

    Attributes:
        numbers: For each row its person id, source record id and serial of the programme number.
        households: The sender's names for households to their ids.
        new_households: Those that are still to be stored.
    """

    numbers: Sequence[tuple[UUID, UUID, int]]
    households: Mapping[str, UUID]
    new_households: Sequence[str]


async def draw(session: AsyncSession, run: ImportRun, accepted: Sequence[ReadRow], before: Mapping[str, UUID]) -> Drawn:
    """Draw the ids of a batch's persons and households.

    Args:
        session: For reading.
        run: The import.
        accepted: Rows that become persons.
        before: Households of the batch before, which may not be stored yet.
    """
    connection = await driver(session)
    rows = await connection.fetch(
        "SELECT uuidv7(), uuidv7(), nextval('programme_number_seq') FROM generate_series(1, $1)", len(accepted)
    )
    numbers = [(row[0], row[1], row[2]) for row in rows]
    keys = {row.intake.household.key for row in accepted if row.intake is not None and row.intake.household}
    if not keys:
        return Drawn(numbers, {}, ())
    stored = await connection.fetch(_HOUSEHOLDS, run.organisation, run.dataset, list(keys))
    households = {row[0]: row[1] for row in stored} | {key: before[key] for key in keys & before.keys()}
    new = sorted(keys - households.keys())
    drawn = await connection.fetch("SELECT uuidv7() FROM generate_series(1, $1)", len(new))
    households |= {key: row[0] for key, row in zip(new, drawn, strict=True)}
    return Drawn(numbers, households, new)


@dataclass(frozen=True, slots=True)
class Admission:
    """A row that becomes a person."""

    row: ReadRow
    source_record_id: UUID
    record: Record


def compose(run: ImportRun, admissions: Iterable[Admission]) -> Rows:
    """Return all rows of a batch, ready for COPY."""
    rows = Rows()
    by_table = rows.by_table
    for admission in admissions:
        record, source_record_id = admission.record, admission.source_record_id
        person, source = record.person, record.source
        rows.add_person(person, source_record_id, source.organisation)
        by_table["search_entry"].append(search_row(person.id, record.entry))
        by_table["source_record"].append(
            (
                source_record_id,
                person.id,
                person.version,
                source.operation,
                source.organisation,
                source.received_by,
                person.recorded_at,
                run.dataset,
                admission.row.row_id,
                admission.row.fingerprint,
                orjson.dumps(source.content).decode(),
            )
        )
        payload = orjson.dumps({"facts": record.facts, "organisation": source.organisation}).decode()
        by_table["change"].append((record.change_kind, person.id, person.version, payload))
    by_table["identifier"].sort(key=number_order)
    return rows


async def copy(session: AsyncSession, rows: Rows) -> None:
    """Store a batch, table after table, in the session's transaction."""
    connection = await driver(session)
    for table, values in rows.by_table.items():
        if values:
            await connection.copy_records_to_table(table, records=values, columns=list(COLUMNS[table]))
