"""Import a file: one batch is stored while the next is prepared.

One transaction holds a batch's persons, findings and the mark of how far the file is done. A worker that is killed
loses the batch it was in; the next one goes on at the mark. A validating run writes findings only and begins anew.
An atomic run is a validating one first, and when no row is refused one transaction for all rows.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import asyncpg
from sqlalchemy.ext.asyncio import AsyncSession

from services.background.jobs import JobCancelledError, JobContext
from services.kit.keyed_hash import normalise_identifier
from services.registry.domain.findings import Finding
from services.registry.domain.import_batches import ReadRow, counted, read_line
from services.registry.domain.import_rows import RowRules
from services.registry.operations.prepare_import_batch import ImportTools, Prepared, prepare_import_batch
from services.registry.operations.transcribe_workbook import transcribe_workbook
from services.registry.store import bulk, imports, reference
from services.registry.store.import_lines import LineReader
from services.registry.store.imports import ImportRun

BATCH = 1_000
MOST_TRIES = 5


MOST_ATOMIC = 200_000
"""Rows of one transaction at most: until it commits, the change feed waits."""


async def run_import(context: JobContext, tools: ImportTools) -> Mapping[str, Any]:
    """Import the file of a job; return how many rows became what.

    Raises:
        JobCancelledError: Somebody asked the job to stop; what was stored stays.
    """
    async with context.database.sessions.begin() as session:
        await imports.drop_files_of_ended(session)
        run = await imports.find(session, context.job_id)
        rules = RowRules(await reference.load(session), _normalise, tools.today)
    try:
        run = await transcribe_workbook(context, run)
        if run.mode == imports.COMMIT and run.atomic:
            run = await _all_or_none(context, run, rules, tools)
        else:
            run = await _row_by_row(context, run, rules, tools)
    except JobCancelledError:
        await _forget_file(context)
        raise
    except (asyncpg.PostgresConnectionError, asyncpg.InterfaceError, asyncpg.OperatorInterventionError) as lost:
        raise ConnectionError("the database went away; the job goes on from its mark") from lost
    await _forget_file(context)
    result = {"mode": run.mode, "atomic": run.atomic, "rows": run.rows_read, **run.counts}
    return {**result, "report": f"/v1/imports/{run.job_id}/report"}


async def _row_by_row(context: JobContext, run: ImportRun, rules: RowRules, tools: ImportTools) -> ImportRun:
    if run.mode == imports.VALIDATE:
        async with context.database.sessions.begin() as session:
            run = replace(await imports.start_over(session, run), mode=run.mode)
    return await _work_through(context, run, rules, tools)


async def _all_or_none(context: JobContext, run: ImportRun, rules: RowRules, tools: ImportTools) -> ImportRun:
    """Look at all rows, then store all of them; when the register changes in between, look again."""
    sessions = context.database.sessions
    for _ in range(MOST_TRIES):
        if not run.checked:
            seen = await _row_by_row(context, replace(run, mode=imports.VALIDATE), rules, tools)
            if seen.rows_read > MOST_ATOMIC:
                seen = await _refuse_whole(context, seen)
            if seen.counts["refused"]:
                return replace(seen, mode=run.mode)
            async with sessions.begin() as session:
                await imports.mark_checked(session, run, checked=True)
        try:
            async with sessions.begin() as session:
                return await _store_all(context, session, run, rules, tools)
        except (_ChangedError, asyncpg.UniqueViolationError):
            async with sessions.begin() as session:
                await imports.mark_checked(session, run, checked=False)
            run = replace(run, checked=False)
    raise ConnectionError("the register changes faster than the file can be stored; the job is tried again")


class _ChangedError(Exception):
    """A row that was good when the file was looked at is not any more."""


async def _refuse_whole(context: JobContext, run: ImportRun) -> ImportRun:
    """Report that a file is too long for one transaction."""
    row = ReadRow(run.rows_read + 1, "", {}, b"", None, ())
    counts = {**run.counts, "refused": run.counts["refused"] + 1}
    async with context.database.sessions.begin() as session:
        await imports.add_findings(session, run.job_id, [(row, Finding("", "too-long-for-atomic"))])
        await imports.move(session, run, next_offset=run.next_offset, rows_read=run.rows_read, counts=counts)
    return replace(run, counts=counts)


async def _store_all(
    context: JobContext, session: AsyncSession, run: ImportRun, rules: RowRules, tools: ImportTools
) -> ImportRun:
    """Store every row in one transaction, with what was found; progress is told in others, for it shows at once."""
    run = await imports.start_over(session, run)
    reader = LineReader(context.database, run.job_id, run.first_offset)
    total = 2 * max(run.lines, 1)
    while (batch := await _read(reader, run, rules, run.rows_read)).read:
        batch = await prepare_import_batch(context.database, run, batch, tools, None, session)
        if batch.settled.refused:
            raise _ChangedError
        await bulk.copy(session, batch.rows)
        await imports.add_findings(session, run.job_id, batch.settled.findings)
        counts = counted(run.counts, batch.settled, storing=True)
        run = replace(run, next_offset=batch.next_offset, rows_read=batch.read[-1].number, counts=counts)
        async with context.database.sessions.begin() as telling:
            await context.progress(telling, done=min(total, run.lines + run.rows_read), total=total)
    await imports.move(session, run, next_offset=run.next_offset, rows_read=run.rows_read, counts=run.counts)
    await context.progress(session, done=total, total=total)
    return run


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
    counts = counted(run.counts, settled, storing=run.mode == imports.COMMIT)
    rows_read = batch.read[-1].number
    async with context.database.sessions.begin() as session:
        if run.mode == imports.VALIDATE:
            await bulk.remember(session, run, settled.accepted)
        else:
            await bulk.copy(session, batch.rows)
        await imports.add_findings(session, run.job_id, settled.findings)
        await imports.move(session, run, next_offset=batch.next_offset, rows_read=rows_read, counts=counts)
        rounds = 2 if run.atomic and context.arguments.get("mode") == imports.COMMIT else 1
        await context.progress(session, done=rows_read, total=rounds * max(run.lines, rows_read))
    return replace(run, next_offset=batch.next_offset, rows_read=rows_read, counts=counts)


def _normalise(value: str) -> str:
    """Return what `normalise_identifier` does, by a short cut for the numbers that need nothing done to them."""
    return value.upper() if value.isascii() and value.isalnum() else normalise_identifier(value)


async def _forget_file(context: JobContext) -> None:
    async with context.database.sessions.begin() as session:
        await imports.drop_file(session, context.job_id)
