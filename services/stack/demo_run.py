"""The main job on real input: import a file of persons, determine everybody's coverage, fill a course, say how it went.

All of it goes through the gateway over HTTP, as the demo's `integrator`, with nothing that a partner could not do.
"""

from __future__ import annotations

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from services.kit import clock, http

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "demo" / "persons.csv"
CREDENTIALS = ROOT / ".local" / "demo.json"
AT_ONCE = 12
POLL_S = 0.3
TOKEN_LASTS_S = 240.0
WAIT_S = 2
PAGE = 500
ENDED = frozenset({"succeeded", "failed", "cancelled"})
MOST_WAITS = 10
_OK, _CREATED, _ACCEPTED, _CONFLICT, _TOO_MANY = 200, 201, 202, 409, 429


class DemoRunError(RuntimeError):
    """A step that did not go as the documentation says."""


@dataclass
class Summary:
    """What one run did.

    Attributes:
        imported: The import job's result.
        outcomes: Determinations by status and scheme.
        seats: Capacity of the course that was filled.
        enrolled: Learners who got a seat.
        admissions: Applications by outcome.
        seconds: Time taken, by step.
    """

    imported: Mapping[str, Any] = field(default_factory=dict)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    seats: int = 0
    enrolled: int = 0
    admissions: Counter[str] = field(default_factory=Counter)
    seconds: dict[str, float] = field(default_factory=dict)


class Partner:
    """A partner's program: it asks for a token when it has none or an old one, and calls the API."""

    def __init__(self, client: Any, credentials: Mapping[str, Any]) -> None:
        self._client, self._credentials = client, credentials
        self._token, self._fetched = "", float("-inf")

    async def call(self, method: str, path: str, *, purpose: str, expect: Iterable[int], **options: Any) -> Any:
        """Return the answer to one call.

        Raises:
            DemoRunError: Its status is not one of those expected.
        """
        if time.monotonic() - self._fetched > TOKEN_LASTS_S:
            await self._sign_in()
        headers = {"authorization": f"Bearer {self._token}", "purpose": purpose, "accept-language": "en"}
        headers |= options.pop("headers", {})
        for _ in range(MOST_WAITS):
            answer = await self._client.request(method, path, headers=headers, **options)
            if answer.status_code != _TOO_MANY:
                break
            await asyncio.sleep(float(answer.headers["retry-after"]))  # nothing was done: the same call passes then
        if answer.status_code not in expect:
            raise DemoRunError(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer

    async def _sign_in(self) -> None:
        self._fetched = time.monotonic()
        pair = (self._credentials["client_id"], self._credentials["client_secret"])
        answer = await self._client.post("/oauth2/token", data={"grant_type": "client_credentials"}, auth=pair)
        if answer.status_code != _OK:
            raise DemoRunError(f"no token: {answer.status_code} {answer.text[:500]}")
        self._token = answer.json()["access_token"]


def demo_run(file: Path, credentials: Path, seats: int) -> int:
    """Do the run against a started system, print a summary, return the exit code.

    Args:
        file: A CSV of persons; its columns are in docs/imports.md.
        credentials: What `./start` wrote: base URL and demo clients.
        seats: Capacity of the course that is filled.
    """
    console = Console(highlight=False)
    try:
        demo = json.loads(credentials.read_text("utf-8"))
        summary = asyncio.run(_run(file.read_bytes(), demo, seats, console))
    except (DemoRunError, OSError, http.HttpError) as trouble:
        console.print(f"The run stopped: {trouble}", style="red", markup=False)
        return 1
    _show(summary, console)
    return 0


async def _run(rows: bytes, demo: Mapping[str, Any], seats: int, console: Console) -> Summary:
    summary = Summary(seats=seats)
    columns = (TextColumn("{task.description:<28}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    async with http.client(demo["base_url"], timeout_s=60) as client:
        partner = Partner(client, demo["clients"]["integrator"])
        with Progress(*columns, console=console) as bars:
            await _timed(summary, "import", _import(partner, rows, summary, bars))
            persons = [person async for person in _persons(partner, int(summary.imported["stored"]))]
            await _timed(summary, "coverage", _determine(partner, persons, summary, bars))
            await _timed(summary, "course", _fill(partner, persons, summary, bars))
    return summary


async def _timed(summary: Summary, step: str, work: Awaitable[None]) -> None:
    started = time.monotonic()
    await work
    summary.seconds[step] = time.monotonic() - started


async def _import(partner: Partner, rows: bytes, summary: Summary, bars: Progress) -> None:
    bar = bars.add_task("Importing persons", total=None)
    accepted = await partner.call(
        "POST",
        "/v1/imports?mode=commit",
        purpose="REGISTRATION",
        expect=[_ACCEPTED],
        content=rows,
        headers={"content-type": "text/csv"},
    )
    job: Mapping[str, Any] = accepted.json()
    while job["state"] not in ENDED:
        await asyncio.sleep(POLL_S)
        answer = await partner.call("GET", accepted.headers["location"], purpose="REGISTRATION", expect=[_OK])
        job = answer.json()
        bars.update(bar, completed=job["done"], total=job["total"])
    if job["state"] != "succeeded":
        raise DemoRunError(f"the import ended as {job['state']}: {job['error_code']}")
    summary.imported = job["result"]


async def _persons(partner: Partner, expected: int) -> AsyncIterator[str]:
    """Yield the id of everybody stored, once each, from the change feed.

    A row shows once no transaction that began before its own still runs: those just imported may take a moment.

    Args:
        partner: Reads the feed.
        expected: At least so many are there.
    """
    seen: set[str] = set()
    cursor: str | None = None
    while True:
        after = {} if cursor is None else {"after": cursor}
        answer = await partner.call(
            "GET",
            "/v1/changes",
            purpose="HEALTH_COVERAGE",
            expect=[_OK],
            params={"limit": PAGE, "wait": WAIT_S, **after},
        )
        page = answer.json()
        for change in page["items"]:
            if change["person_id"] not in seen:
                seen.add(change["person_id"])
                yield change["person_id"]
        if page["caught_up"] and len(seen) >= expected:
            return
        cursor = page["next"]


async def _determine(partner: Partner, persons: list[str], summary: Summary, bars: Progress) -> None:
    bar = bars.add_task("Determining coverage", total=len(persons))

    async def determine(person: str) -> None:
        answer = await partner.call(
            "POST",
            "/v1/coverage/determinations",
            purpose="HEALTH_COVERAGE",
            expect=[_CREATED],
            json={"person_id": person},
        )
        found = answer.json()
        if not found["minimum_access"]:
            raise DemoRunError("an answer without minimum access: this must never be")
        summary.outcomes[found["status"], found["scheme"] or "-"] += 1
        bars.advance(bar)

    await _several(persons, determine)


async def _fill(partner: Partner, persons: list[str], summary: Summary, bars: Progress) -> None:
    """Open a course and offer its seats in the order of registration until it is full."""
    session = await _open_course(partner, summary.seats)
    bar = bars.add_task("Filling a course", total=summary.seats)
    for person in persons:
        answer = await partner.call(
            "POST",
            f"/v1/sessions/{session}/applications",
            purpose="TRAINING",
            expect=[_CREATED],
            json={"person_id": person},
        )
        application = answer.json()
        summary.admissions[application["status"]] += 1
        if application["status"] != "ADMISSIBLE":
            continue
        enrolment = await partner.call(
            "POST",
            "/v1/enrolments",
            purpose="TRAINING",
            expect=[_CREATED, _CONFLICT],
            json={"application_id": application["id"]},
        )
        if enrolment.status_code == _CREATED:
            summary.enrolled += 1
            bars.advance(bar)
        elif enrolment.json()["code"] == "session-full":
            return


async def _open_course(partner: Partner, seats: int) -> str:
    async def create(path: str, record: Mapping[str, Any]) -> str:
        answer = await partner.call("POST", path, purpose="TRAINING", expect=[_CREATED], json=record)
        return str(answer.json()["id"])

    place = {"region": "06", "unit": "MA-CAS"}
    starts_on: date = clock.today() + timedelta(days=30)
    institution = await create("/v1/institutions", {"name": "Centre de la démonstration", "kind": "ofppt", **place})
    programme = await create(
        "/v1/programmes",
        {
            "institution_id": institution,
            "name": "Électricité de bâtiment",
            "level": "Q",
            "mode": "residential",
            "sector": "BTP",
            "languages": ["fr"],
            "hours": 1200,
            "admission_rule": "LEVEL",
        },
    )
    return await create(
        "/v1/sessions",
        {
            "programme_id": programme,
            "starts_on": starts_on.isoformat(),
            "ends_on": (starts_on + timedelta(days=300)).isoformat(),
            "site": "Atelier de la démonstration",
            "capacity": seats,
            **place,
        },
    )


async def _several(items: list[str], work: Callable[[str], Awaitable[None]]) -> None:
    """Do the work for every item, several at once; the first failure ends it."""
    waiting = iter(items)

    async def one_after_another() -> None:
        for item in waiting:
            await work(item)

    async with asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            group.create_task(one_after_another())


def _show(summary: Summary, console: Console) -> None:
    table = Table(title="What was done", title_justify="left")
    for heading in ("step", "what", "how many", "seconds"):
        table.add_column(heading, justify="right" if heading in {"how many", "seconds"} else "left")
    imported = [("rows read", "rows"), ("stored", "stored"), ("already there", "unchanged"), ("reported", "refused")]
    for index, (what, name) in enumerate(imported):
        seconds = f"{summary.seconds['import']:.1f}" if index == 0 else ""
        table.add_row("import" if index == 0 else "", what, str(summary.imported.get(name, 0)), seconds)
    for index, ((status, scheme), count) in enumerate(summary.outcomes.most_common()):
        seconds = f"{summary.seconds['coverage']:.1f}" if index == 0 else ""
        table.add_row("coverage" if index == 0 else "", f"{status} {scheme}", str(count), seconds)
    for index, (outcome, count) in enumerate(summary.admissions.most_common()):
        seconds = f"{summary.seconds['course']:.1f}" if index == 0 else ""
        table.add_row("course" if index == 0 else "", f"applications {outcome}", str(count), seconds)
    table.add_row("", f"enrolled of {summary.seats} seats", str(summary.enrolled), "")
    console.print(table)
    if report := summary.imported.get("report"):
        console.print(f"Every row that was not stored, with what to do: GET {report}", markup=False)
