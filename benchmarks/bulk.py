"""G: a validated CSV import as a job, against raw COPY of the rows that it stored."""

import statistics
import time
from typing import Any

import httpx
import psycopg

from benchmarks import copying, rows
from benchmarks.noise import wait_for_quiet
from benchmarks.report import Figure
from benchmarks.stand import Stand
from services.stack.stores import clone_store

WARM_UP_ROWS = 200
_JOB_SECONDS = 600
_POLL_SECONDS = 0.02
_ENDED = {"succeeded", "failed", "cancelled"}


class UnfinishedImportError(RuntimeError):
    """The import did not store every row."""


def measure(stand: Stand, *, count: int, rounds: int) -> list[Figure]:
    """Import and COPY `count` rows, `rounds` times each, and return the figure.

    The database keeps the imported persons for the measurements that follow.
    """
    registry = stand.stores["registry"]
    with psycopg.connect(registry.admin_url) as connection:
        before = copying.counts(connection)
    copies = [clone_store(stand.server, "registry", f"registry_copy_{turn}") for turn in range(rounds)]
    stand.serve("registry", core=None)
    stand.serve("gateway", core=None)
    stand.work("registry", core=None)

    import_file(stand, rows.as_csv(WARM_UP_ROWS, batch=0), WARM_UP_ROWS)  # returns once the worker is there and warm
    import_seconds = []
    for turn in range(rounds):
        wait_for_quiet()
        import_seconds.append(import_file(stand, rows.as_csv(count, batch=turn + 1), count))
    stand.stop_programs()

    dumps = copying.dump(registry.admin_url, before=before, folder=stand.folder)
    share = count / (count * rounds + WARM_UP_ROWS)  # of one file in what the dump holds
    copy_seconds = []
    for copy in copies:
        wait_for_quiet()
        copy_seconds.append(copying.load(copy.admin_url, dumps) * share)
    return [figure(count, import_seconds, copy_seconds, stored=round(sum(one.rows for one in dumps) * share))]


def figure(count: int, import_seconds: list[float], copy_seconds: list[float], *, stored: int) -> Figure:
    """Return the figure.

    Args:
        count: Rows of one file.
        import_seconds: Of each import, from the request until the job has succeeded.
        copy_seconds: Of COPY of one file's rows.
        stored: Rows that one file became, over all tables.
    """
    ours, plain = (count / statistics.median(seconds) for seconds in (import_seconds, copy_seconds))
    return Figure(
        "G",
        "validated CSV import ÷ raw COPY of the same rows, same tables and constraints",
        ours / plain,
        0.55,
        at_least=True,
        details={"import rows/s": ours, "COPY rows/s": plain, "rows": count, "rows in all tables": stored},
    )


def import_file(stand: Stand, content: bytes, count: int) -> float:
    """Send a file, wait until its job has ended and return the seconds; every one of its rows must be stored."""
    headers = {"Authorization": f"Bearer {stand.token()}", "Purpose": "REGISTRATION"}
    with httpx.Client(base_url=stand.ports.url("gateway"), headers=headers, timeout=60) as http:
        begun = time.monotonic()
        accepted = http.post(
            "/v1/imports", params={"mode": "commit"}, content=content, headers={"Content-Type": "text/csv"}
        )
        accepted.raise_for_status()
        job = _wait(http, accepted.headers["location"])
        seconds = time.monotonic() - begun
    if job["state"] != "succeeded" or job["result"]["stored"] != count:
        raise UnfinishedImportError(f"the import did not store every row: {job}")
    return seconds


def _wait(http: httpx.Client, location: str) -> dict[str, Any]:
    deadline = time.monotonic() + _JOB_SECONDS
    while time.monotonic() < deadline:
        answer = http.get(location)
        answer.raise_for_status()
        job: dict[str, Any] = answer.json()
        if job["state"] in _ENDED:
            return job
        time.sleep(_POLL_SECONDS)
    raise UnfinishedImportError("the import does not end")
