"""F: a service's hot read with its audit row, against the same two statements in pgbench.

Both sides read the same persons in the same database, through one process of one thread, and commit the audit row
asynchronously. Nothing is pinned: whoever leaves PostgreSQL more of the machine is meant to win. The best of 4, 8 and
16 connections counts on either side.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import pgbench
from benchmarks.comparison import Contender, Load, Summary, compare, http
from benchmarks.load import Report, Target, rotating_paths
from benchmarks.report import Figure
from benchmarks.stand import Stand
from services.kit import audit, clock
from services.registry.store.documents import person_statement

CONNECTIONS = (4, 8, 16)
PERSONS = 64
_SESSION = {"synchronous_commit": "off", "jit": "off"}


def measure(stand: Stand, *, rounds: int) -> list[Figure]:
    """Return the figure; the database must hold persons."""
    persons = stand.persons(PERSONS)
    script = stand.folder / "persons.lua"
    script.write_text(rotating_paths([f"/v1/persons/{person}" for person in persons]), encoding="utf-8")
    scripts = write_scripts(stand.folder, persons)
    gateway = stand.serve("gateway", core=None)
    registry = stand.serve("registry", core=None)

    def read() -> Target:
        headers = {"Authorization": f"Bearer {stand.internal_token('registry')}"}
        return Target(registry.url, headers, script)

    def plain() -> Load:
        url = stand.stores["registry"].url
        return lambda clients, seconds: _as_report(
            pgbench.run(url, scripts, clients=clients, seconds=seconds, core=None, options=_SESSION), seconds
        )

    helpers = [*stand.database_pids(), gateway.pid]
    contenders = {
        "pgbench": Contender(plain, [], helpers),
        "service": Contender(http(read), [registry.pid], helpers),
    }
    taken = {
        connections: compare(contenders, base="pgbench", connections=connections, rounds=rounds)
        for connections in CONNECTIONS
    }
    stand.stop_programs()
    return [figure(taken)]


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


def write_scripts(folder: Path, persons: Sequence[str]) -> list[Path]:
    """Write one pgbench script for each person: the service's read, then the audit row that it leaves."""
    statement = person_statement(as_of=False, known_at=False)
    on = clock.today().isoformat()
    scripts = []
    for number, person in enumerate(persons):
        row = ("read_person", "ok", "integrator", "integrator", "integrator", "REGISTRATION", ["0" * 32], "bench")
        lines = [pgbench.inlined(statement, [person, on]), pgbench.inlined(audit.INSERT, row)]
        path = folder / f"person-{number}.sql"
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
        scripts.append(path)
    return scripts


def _as_report(rate: float, seconds: int) -> Report:
    return Report(requests=max(1, round(rate * seconds)), rate=rate, p50=0.0, p99=0.0)
