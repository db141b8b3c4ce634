"""Import a file: one batch is stored while the next is prepared.

One transaction holds a batch's persons, findings and the mark of how far the file is done. A worker that is killed
loses the batch it was in; the next one goes on at the mark. A validating run writes findings only and begins anew.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import asyncpg

from services.background.jobs import JobCancelledError, JobContext
from services.kit.keyed_hash import normalise_identifier
from services.registry.domain.import_batches import ReadRow, Settled, read_line
from services.registry.domain.import_rows import RowRules
from services.registry.operations.prepare_import_batch import ImportTools, Prepared, prepare_import_batch
from services.registry.store import bulk, imports, reference
from services.registry.store.import_lines import LineReader
from services.registry.store.imports import ImportRun

BATCH = 1_000
MOST_TRIES = 5


async def run_import(context: JobContext, tools: ImportTools) -> Mapping[str, Any]:
    """Import the file of a job; return how many rows became what.

    Raises:
        JobCancelledError: Somebody asked the job to stop; what was stored stays.
    """
    async with context.database.sessions.begin() as session:
        await imports.drop_files_of_ended(session)
        run = await imports.find(session, context.job_id)
        if run.mode == imports.VALIDATE:
            run = await imports.start_over(session, run)
        rules = RowRules(await reference.load(session), _normalise, tools.today)
    try:
        run = await _work_through(context, run, rules, tools)
    except JobCancelledError:
        await _forget_file(context)
        raise
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError) as lost:
        raise ConnectionError("the database went away; the job goes on from its mark") from lost
    await _forget_file(context)
    return {"mode": run.mode, "rows": run.rows_read, **run.counts, "report": f"/v1/imports/{run.job_id}/report"}


async def _work_through(context: JobContext, run: ImportRun, rules: RowRules, tools: ImportTools) -> ImportRun:
    reader = LineReader(context.database, run.job_id, run.next_offset)
    database = context.database

    async def next_after(done: int, before: Prepared | None) -> Prepared:
        return await prepare_import_batch(database, run, await _read(reader, run, rules, done), tools, before)

    batch = await next_after(run.rows_read, None)
    while batch.read:
        ahead = asyncio.create_task(next_after(batch.read[-1].number, batch))
        try:
            run, stored = await _store_settled(context, run, batch, tools)
            batch, former = await ahead, batch
        finally:
            ahead.cancel()
            await asyncio.gather(ahead, return_exceptions=True)
        if stored is not former:
            # The batch came out otherwise than the next one was told; that one is settled again.
            batch = await prepare_import_batch(database, run, batch, tools, None)
    return run


async def _read(reader: LineReader, run: ImportRun, rules: RowRules, done: int) -> Prepared:
    """Read the next rows of the file, in a thread; nothing is settled yet."""
    lines = await reader.lines(BATCH)
    offset, header = reader.offset, run.header

    def read_all() -> list[ReadRow]:
        return [read_line(number, line, header, rules) for number, line in enumerate(lines, done + 1)]

    return Prepared(await asyncio.to_thread(read_all), offset)


async def _store_settled(
    context: JobContext, run: ImportRun, batch: Prepared, tools: ImportTools
) -> tuple[ImportRun, Prepared]:
    """Store a batch; when somebody took one of its numbers since it was settled, settle it again.

    Returns:
        The run as it stands, and the batch as it was stored in the end.
    """
    for _ in range(MOST_TRIES - 1):
        try:
            return await _store(context, run, batch), batch
        except asyncpg.UniqueViolationError:
            batch = await prepare_import_batch(context.database, run, batch, tools, None)
    return await _store(context, run, batch), batch


async def _store(context: JobContext, run: ImportRun, batch: Prepared) -> ImportRun:
    settled = batch.settled
    counts = _add(run, settled)
    rows_read = batch.read[-1].number
    async with context.database.sessions.begin() as session:
        if run.mode == imports.VALIDATE:
            await bulk.remember(session, run, settled.accepted)
        else:
            await bulk.copy(session, batch.rows)
        await imports.add_findings(session, run.job_id, settled.findings)
        await imports.move(session, run, next_offset=batch.next_offset, rows_read=rows_read, counts=counts)
        await context.progress(session, done=rows_read, total=max(run.lines, rows_read))
    return replace(run, next_offset=batch.next_offset, rows_read=rows_read, counts=counts)


def _add(run: ImportRun, settled: Settled) -> Mapping[str, int]:
    accepted = len(settled.accepted)
    new = {
        "accepted": accepted,
        "stored": accepted if run.mode == imports.COMMIT else 0,
        "unchanged": settled.unchanged,
        "refused": settled.refused,
        "warnings": settled.warnings,
    }
    return {name: run.counts.get(name, 0) + new[name] for name in imports.COUNTS}


def _normalise(value: str) -> str:
    """Return what `normalise_identifier` does, by a short cut for the numbers that need nothing done to them."""
    return value.upper() if value.isascii() and value.isalnum() else normalise_identifier(value)


async def _forget_file(context: JobContext) -> None:
    async with context.database.sessions.begin() as session:
        await imports.drop_file(session, context.job_id)
