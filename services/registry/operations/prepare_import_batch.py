"""Prepare a batch of an import while the one before is being stored: settle it, compose its rows.

What the batch before it will have stored is not to be seen in the register yet: it is laid over what the register says.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.kit.database import Database
from services.kit.keyed_hash import IdentifierHasher
from services.registry.domain.acts import Act, record_of
from services.registry.domain.folding import NameClasses
from services.registry.domain.import_batches import Known, ReadRow, Settled, settle
from services.registry.domain.persons import admit
from services.registry.domain.programme_numbers import format_number
from services.registry.domain.sources import Source
from services.registry.store import bulk, imports
from services.registry.store.bulk import OPERATION, Admission, Drawn
from services.registry.store.imports import ImportRun
from services.registry.store.rows import Rows


@dataclass(frozen=True, slots=True)
class ImportTools:
    """What an import works with.

    Attributes:
        now: The clock: every batch has its own instant.
        today: Civil date of the import.
        hasher: For the facts' identifiers.
        spellings: For the search keys.
    """

    now: Callable[[], datetime]
    today: date
    hasher: IdentifierHasher
    spellings: NameClasses


@dataclass(frozen=True, slots=True)
class Prepared:
    """A batch, ready to be stored.

    Attributes:
        read: Every row of the batch; none at the file's end.
        next_offset: Where the file goes on after them.
        settled: What is to become of each.
        households: The sender's names for households to their ids, with those of the batch before.
        rows: What is to be stored of those accepted; nothing in a validating run.
    """

    read: Sequence[ReadRow]
    next_offset: int
    settled: Settled = field(default_factory=Settled)
    households: Mapping[str, UUID] = field(default_factory=dict)
    rows: Rows = field(default_factory=Rows)


async def prepare_import_batch(  # noqa: PLR0917  # the batch before and its transaction exclude each other
    database: Database,
    run: ImportRun,
    batch: Prepared,
    tools: ImportTools,
    before: Prepared | None,
    session: AsyncSession | None = None,
) -> Prepared:
    """Settle a batch against the register, and compose the rows of those accepted.

    Args:
        database: The store.
        run: The import.
        batch: Rows read, not settled yet.
        tools: What it works with.
        before: The batch before, when it may not be stored yet.
        session: The transaction that holds the batches before; one of its own when left out.
    """
    if not batch.read:
        return batch
    async with nullcontext(session) if session else database.sessions() as reading:
        known = await bulk.known(reading, run, batch.read)
        settled = settle(batch.read, _laid_over(known, before))
        if run.mode == imports.VALIDATE:
            return Prepared(batch.read, batch.next_offset, settled)
        drawn = await bulk.draw(reading, run, settled.accepted, before.households if before else {})
    at = tools.now()
    rows = await asyncio.to_thread(_compose, run, settled.accepted, drawn, tools, at)
    return Prepared(batch.read, batch.next_offset, settled, drawn.households, rows)


def _laid_over(known: Known, before: Prepared | None) -> Known:
    if before is None:
        return known
    taken = Known.of(before.settled.accepted)
    return Known(
        {**known.fingerprints, **taken.fingerprints},
        known.numbers | taken.numbers,
        known.heads | taken.heads,
        known.registered,
    )


def _compose(run: ImportRun, accepted: Sequence[ReadRow], drawn: Drawn, tools: ImportTools, at: datetime) -> Rows:
    def admission(row: ReadRow, numbers: tuple[UUID, UUID, int]) -> Admission:
        intake = row.intake
        if intake is None:
            raise TypeError("only accepted rows become persons")
        person_id, source_record_id, serial = numbers
        person = admit(
            intake,
            person_id=person_id,
            programme_number=format_number(tools.today.year, serial),
            at=at,
            household_id=drawn.households[intake.household.key] if intake.household else None,
        )
        source = Source(OPERATION, run.organisation, run.received_by, row.content)
        act = Act(source, at, tools.today, tools.hasher.hash, tools.spellings)
        return Admission(row, source_record_id, record_of(person, act))

    rows = bulk.compose(run, map(admission, accepted, drawn.numbers))
    rows.by_table["household"] = [
        (drawn.households[key], run.organisation, run.dataset, key, at) for key in drawn.new_households
    ]
    return rows
