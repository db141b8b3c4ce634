"""M and S: an import of a million rows against COPY, with the worker's memory; a search by name among as many persons.

The rows come in files of two hundred thousand, as large as the register takes. The search is asked of the service
itself, and its statement, with the same arguments, of PostgreSQL by the driver alone: one at a time on either side.
"""

import asyncio
import re
import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import psycopg

from benchmarks import bulk, copying, rows
from benchmarks.report import Figure
from benchmarks.stand import Stand
from services.registry.domain.search import Criteria, alternatives
from services.registry.store import seeds
from services.registry.store.search import statement_of
from services.stack.stores import clone_store

ROWS_OF_A_FILE = 200_000
SEARCHES = 300
MOST_MEMORY = 300.0
"""Megabytes that the worker may hold at its peak."""


def measure(stand: Stand, *, count: int) -> list[Figure]:
    """Import, copy and search; return both figures.

    Args:
        stand: Its register holds nobody else's rows.
        count: Persons in all.
    """
    registry = stand.stores["registry"]
    with psycopg.connect(registry.admin_url) as connection:
        before = copying.counts(connection)
    copy = clone_store(stand.server, "registry", "registry_million")
    stand.serve("registry", core=None)
    stand.serve("gateway", core=None)
    worker = stand.work("registry", core=None)
    import_seconds, batch, left = 0.0, 0, count
    while left:
        batch, size = batch + 1, min(left, ROWS_OF_A_FILE)
        import_seconds += bulk.import_file(stand, rows.as_csv(size, batch=batch), size)
        left -= size
    memory = peak_megabytes(Path(f"/proc/{worker}/status").read_text(encoding="utf-8"))
    stand.stop_programs()
    copy_seconds = copying.load(copy.admin_url, copying.dump(registry.admin_url, before=before, folder=stand.folder))
    with psycopg.connect(registry.admin_url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
    details = {"import s": import_seconds, "COPY s": copy_seconds, "rows": count, "peak MB": memory}
    ratio = copy_seconds / import_seconds
    title = f"import of {count:,} rows ÷ raw COPY; the worker's peak stays under {MOST_MEMORY:.0f} MB"
    within = ratio if memory <= MOST_MEMORY else 0.0
    return [Figure("M", title, within, 0.55, at_least=True, details=details), search(stand, count=count)]


def peak_megabytes(status: str) -> float:
    """Return the most memory that a process has held, in MB, from the text of /proc/PID/status."""
    found = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)
    if found is None:
        raise ValueError("no peak in /proc/PID/status")
    return int(found[1]) / 1000


def search(stand: Stand, *, count: int) -> Figure:
    """Return the figure of the search; the register holds so many persons."""
    asked = questions(min(SEARCHES, count), batch=1)
    plain = asyncio.run(_plain(stand.stores["registry"].url, asked))
    service = stand.serve("registry", core=None)
    stand.serve("gateway", core=None)
    ours = []
    with httpx.Client(base_url=service.url, timeout=60) as http:
        for place, question in enumerate(asked):
            if place % 50 == 0:
                http.headers["authorization"] = f"Bearer {stand.internal_token('registry')}"
            begun = time.perf_counter()
            answer = http.post("/v1/persons/search", json=question)
            ours.append(time.perf_counter() - begun)
            answer.raise_for_status()
    stand.stop_programs()
    details = {
        "service p50 ms": round(1000 * statistics.median(ours), 1),
        "service p95 ms": round(1000 * p95(ours), 1),
        "PostgreSQL p50 ms": round(1000 * statistics.median(plain), 1),
        "PostgreSQL p95 ms": round(1000 * p95(plain), 1),
        "persons": count,
    }
    title = "p95 of a search by name ÷ of its statement alone"
    return Figure("S", title, p95(ours) / p95(plain), 3.0, at_least=False, details=details)


def questions(count: int, *, batch: int) -> list[dict[str, Any]]:
    """Return searches by name and year for persons of a batch, spread over it."""
    found = []
    for person in rows.persons(count, batch=batch):
        year = int(re.findall(r"\d{4}", person["birth"])[0])
        found.append({"name": f"{person['given']} {person['family']}", "birth_year": year})
    return found


def p95(seconds: Sequence[float]) -> float:
    """Return what 95 of a hundred stay below."""
    return statistics.quantiles(seconds, n=20, method="inclusive")[-1]


async def _plain(url: str, asked: Sequence[dict[str, Any]]) -> list[float]:
    spellings = seeds.spellings()
    connection = await asyncpg.connect(url)
    taken = []
    try:
        for question in asked:
            statement, arguments = statement_of(
                Criteria(**question), alternatives(question["name"], spellings), organisation=None
            )
            begun = time.perf_counter()
            await connection.fetch(statement, *arguments)
            taken.append(time.perf_counter() - begun)
    finally:
        await connection.close()
    return taken
