"""A job that counts in batches and goes on from what was committed; also a program that works until it is killed."""

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

import psycopg
from sqlalchemy import text

from services.background import jobs, worker
from services.background.jobs import Job, JobContext
from services.kit.callers import Caller
from services.kit.database import Database
from services.stack.stores import Store

CALLER = Caller("agent", "ministry", "prefecture-rabat", frozenset())


def prepare(store: Store) -> None:
    """Make the table of what was counted; nothing in it hides a number that is counted twice."""
    with psycopg.connect(store.admin_url) as connection:
        connection.execute("CREATE TABLE tally (job text, number int)")
        connection.execute("GRANT ALL ON tally TO notes_app")


def counted(store: Store) -> list[int]:
    """Return the numbers committed."""
    with psycopg.connect(store.admin_url) as connection:
        return sorted(row[0] for row in connection.execute("SELECT number FROM tally"))


async def count(context: JobContext) -> Mapping[str, Any]:
    """Count up to `upto`, one number a transaction, `pause_s` seconds each."""
    upto, pause_s = context.arguments["upto"], float(context.arguments.get("pause_s", 0))
    done = -1
    while done < upto:
        async with context.database.sessions.begin() as session:
            known = text("SELECT count(*) FROM tally WHERE job = :job")
            done = int(await session.scalar(known, {"job": context.job_id}) or 0)
            if done < upto:
                add = text("INSERT INTO tally VALUES (:job, :number)")
                await session.execute(add, {"job": context.job_id, "number": done + 1})
                done += 1
            await asyncio.sleep(pause_s)
            await context.progress(session, done=done, total=upto)
    return {"counted": done}


async def ask(database: Database, *, kind: str = "count", **arguments: Any) -> str:
    """Queue a job and return its id."""
    async with database.sessions.begin() as session:
        job = await jobs.enqueue(session, store="notes", kind=kind, arguments=arguments, caller=CALLER)
        return job.id


async def find(database: Database, job_id: str) -> Job:
    """Return a job that is there."""
    async with database.sessions() as session:
        job = await jobs.find(session, job_id)
    assert job
    return job


async def main(url: str) -> None:
    """Work until killed."""
    await worker.run(Database(url), url, tasks={"count": count}, stopping=asyncio.Event())


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
