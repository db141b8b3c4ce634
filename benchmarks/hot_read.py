"""F: a service's hot read with its audit row, against the same two statements in pgbench.

Both sides read the same persons in the same database, through one process of one thread, and commit the audit row
asynchronously. Nothing is pinned: whoever leaves PostgreSQL more of the machine is meant to win. The best of 4, 8 and
16 connections counts on either side.
"""

from collections.abc import Mapping
from itertools import cycle

from benchmarks import pgbench
from benchmarks.comparison import Contender, Load, Summary, compare, http
from benchmarks.load import Report, Target, rotating_paths
from benchmarks.report import Figure
from benchmarks.stand import Stand
from services.kit import audit, clock
from services.registry.store.documents import person_statement

CONNECTIONS = (4, 8, 16)
PERSONS = 64
SLICE_SECONDS = 3
"""Long enough that the statements pgbench prepares on its new connections do not count."""

_SESSION = {"synchronous_commit": "off", "jit": "off"}
_ROW = {
    "action": "read_person",
    "outcome": "ok",
    "subject": "integrator",
    "client": "integrator",
    "organisation": "integrator",
    "purpose": "REGISTRATION",
    "persons": f"{{{'0' * 32}}}",
    "request": "bench",
}


def measure(stand: Stand, *, rounds: int) -> list[Figure]:
    """Return the figure; the database must hold persons."""
    persons = stand.persons(PERSONS)
    paths = stand.folder / "persons.lua"
    paths.write_text(rotating_paths([f"/v1/persons/{person}" for person in persons]), encoding="utf-8")
    statements = stand.folder / "read.sql"
    statements.write_text(statements_of_a_read(), encoding="utf-8")
    gateway = stand.serve("gateway", core=None)
    registry = stand.serve("registry", core=None)
    turns = cycle(persons)

    def read() -> Target:
        return Target(registry.url, {"Authorization": f"Bearer {stand.internal_token('registry')}"}, paths)

    def plain() -> Load:
        url, variables = stand.stores["registry"].url, _ROW | {"person": next(turns), "on": clock.today().isoformat()}

        def load(clients: int, seconds: int) -> Report:
            rate = pgbench.run(
                url, statements, variables=variables, clients=clients, seconds=seconds, settings=_SESSION
            )
            return Report(requests=max(1, round(rate * seconds)), rate=rate, p50=0.0, p99=0.0)

        return load

    helpers = [*stand.database_pids(), gateway.pid]
    contenders = {
        "pgbench": Contender(plain, [], helpers),
        "service": Contender(http(read), [registry.pid], helpers),
    }
    taken = {
        connections: compare(contenders, base="pgbench", connections=connections, rounds=rounds, seconds=SLICE_SECONDS)
        for connections in CONNECTIONS
    }
    stand.stop_programs()
    return [figure(taken)]


def statements_of_a_read() -> str:
    """Return the script: the service's read, then the audit row that it leaves."""
    read = pgbench.script(person_statement(as_of=False, known_at=False), ["person", "on"])
    return f"{read}\n{pgbench.script(audit.INSERT, list(_ROW))}\n"


def figure(taken: Mapping[int, Mapping[str, Summary]]) -> Figure:
    """Return the figure from comparisons at several numbers of connections."""
    best = {name: max(taken, key=lambda count: taken[count][name].rate) for name in ("service", "pgbench")}
    ours, plain = (taken[best[name]][name] for name in ("service", "pgbench"))
    return Figure(
        "F",
        "service's read with its audit row ÷ the same two statements in pgbench",
        ours.rate / plain.rate,
        0.40,
        at_least=True,
        details={
            "service/s": ours.rate,
            "pgbench/s": plain.rate,
            "service µs": ours.cpu,
            "best at": f"{best['service']} and {best['pgbench']} connections",
        },
    )
