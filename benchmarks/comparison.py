"""Rounds of slices over several contenders, and the medians that come out."""

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from benchmarks.load import Report, Target, press
from benchmarks.noise import Meter, Use, wait_for_quiet

_RETRIES = 2


Load = Callable[[int, int], Report]
"""Puts load on something over so many connections for so many seconds."""


@dataclass(frozen=True)
class Contender:
    """One thing under load.

    Attributes:
        ready: Returns the load; called before each slice, outside the measurement, because tokens expire.
        servers: Process ids of what is measured.
        helpers: Process ids that work for it (upstream, database): not noise, not measured.
    """

    ready: Callable[[], Load]
    servers: Sequence[int]
    helpers: Sequence[int] = ()


@dataclass(frozen=True)
class Slice:
    """One slice of load and the processor time beside it."""

    report: Report
    use: Use

    @property
    def cpu(self) -> float:
        """Processor microseconds of the server per request."""
        return self.use.server / self.report.requests * 1e6


@dataclass(frozen=True)
class Summary:
    """Medians over a contender's slices.

    Attributes:
        rate: Requests per second.
        p50: Median latency in microseconds.
        p99: 99th percentile in microseconds.
        cpu: Server processor microseconds per request.
        ratio: Median over rounds of this rate divided by the base's rate in the same round.
        cpu_ratio: The same for processor time per request.
        clean: Slices that nobody disturbed.
        of: Slices taken.
    """

    rate: float
    p50: float
    p99: float
    cpu: float
    ratio: float
    cpu_ratio: float
    clean: int
    of: int


def http(target: Callable[[], Target]) -> Callable[[], Load]:
    """Return a contender's `ready` that sends wrk to a target, asked for anew each time."""

    def ready() -> Load:
        found = target()
        return lambda connections, seconds: press(found, connections=connections, seconds=seconds)

    return ready


def order(names: Sequence[str], turn: int) -> Sequence[str]:
    """Return the order of a round: reversed in every second one, so that drift of the machine cancels out."""
    return list(names) if turn % 2 == 0 else list(reversed(names))


def quietest(slices: Sequence[Slice]) -> Slice:
    """Return the slice with the least foreign work."""
    return min(slices, key=lambda taken: taken.use.foreign)


def summarise(taken: Sequence[Slice], base: Sequence[Slice]) -> Summary:
    """Return the medians of one contender beside the base, round by round.

    Disturbed slices are left out of the medians unless every one was disturbed; ratios use every round, because
    both sides of a round stood in the same weather.
    """
    kept = [one for one in taken if one.use.clean] or list(taken)
    pairs = list(zip(taken, base, strict=True))
    return Summary(
        rate=statistics.median(one.report.rate for one in kept),
        p50=statistics.median(one.report.p50 for one in kept),
        p99=statistics.median(one.report.p99 for one in kept),
        cpu=statistics.median(one.cpu for one in kept),
        ratio=statistics.median(one.report.rate / other.report.rate for one, other in pairs),
        cpu_ratio=statistics.median(one.cpu / max(other.cpu, 1e-9) for one, other in pairs),
        clean=sum(one.use.clean for one in taken),
        of=len(taken),
    )


def _take(contender: Contender, *, connections: int, seconds: int) -> Slice:
    load = contender.ready()
    meter = Meter(contender.servers, contender.helpers)
    meter.start()
    report = load(connections, seconds)
    return Slice(report, meter.stop())


def compare(
    contenders: Mapping[str, Contender], *, base: str, connections: int, rounds: int = 6, seconds: int = 1
) -> dict[str, Summary]:
    """Measure contenders side by side.

    Args:
        contenders: What to measure, by name.
        base: The name that ratios are taken against.
        connections: Connections the load keeps open.
        rounds: Slices of each contender.
        seconds: Length of a slice.

    Raises:
        LoadError: A contender answered with errors.
    """
    for contender in contenders.values():
        contender.ready()(min(connections, 16), 1)  # warm caches and connections
    taken: dict[str, list[Slice]] = {name: [] for name in contenders}
    for turn in range(rounds):
        for name in order(list(contenders), turn):
            tries: list[Slice] = []
            while len(tries) <= _RETRIES and not any(one.use.clean for one in tries):
                wait_for_quiet()
                tries.append(_take(contenders[name], connections=connections, seconds=seconds))
            taken[name].append(quietest(tries))
    return {name: summarise(taken[name], taken[base]) for name in contenders}
