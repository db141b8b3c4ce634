"""E: a real service's read through the gateway, against the same read asked of the service itself."""

from benchmarks.comparison import Contender, Summary, compare, http
from benchmarks.hot_read import PERSONS
from benchmarks.load import LOAD_CORE, Target, rotating_paths
from benchmarks.report import Figure
from benchmarks.stand import Stand

CONNECTIONS = 16


def measure(stand: Stand, *, rounds: int) -> list[Figure]:
    """Return the figure; the database must hold persons. Gateway and service share one core, the rest the other."""
    script = stand.folder / "read.lua"
    paths = [f"/v1/persons/{person}" for person in stand.persons(PERSONS)]
    script.write_text(rotating_paths(paths), encoding="utf-8")
    stand.pin_database(LOAD_CORE)
    gateway, registry = stand.serve("gateway"), stand.serve("registry")

    def through() -> Target:
        headers = {"Authorization": f"Bearer {stand.token()}", "Purpose": "REGISTRATION"}
        return Target(gateway.url, headers, script)

    def direct() -> Target:
        return Target(registry.url, {"Authorization": f"Bearer {stand.internal_token('registry')}"}, script)

    helpers, servers = stand.database_pids(), [gateway.pid, registry.pid]
    contenders = {
        "direct": Contender(http(direct), servers, helpers),
        "through": Contender(http(through), servers, helpers),
    }
    taken = compare(contenders, base="direct", connections=CONNECTIONS, rounds=rounds)
    stand.stop_programs()
    stand.pin_database(None)
    return [figure(taken["through"], taken["direct"])]


def figure(through: Summary, direct: Summary) -> Figure:
    """Return the figure from both summaries."""
    return Figure(
        "E",
        "service's read through the gateway ÷ direct, 16 connections, both on one core",
        through.ratio,
        0.55,
        at_least=True,
        details={
            "through/s": through.rate,
            "direct/s": direct.rate,
            "added µs": through.cpu - direct.cpu,
            "clean slices": f"{through.clean + direct.clean}/{through.of + direct.of}",
        },
    )
