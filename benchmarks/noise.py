"""What the processors were busy with, read from /proc: who worked during a slice, and who should not have."""

import os
import resource
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
FOREIGN_LIMIT = 0.10
"""Share of one core that other processes may use during a slice that still counts as clean."""

_QUIET_WAIT_SECONDS = 8.0
_QUIET_SAMPLE_SECONDS = 0.25
_QUIET_SHARE = 0.12


def busy_seconds(proc_stat: str) -> float:
    """Return the seconds all cores worked since boot, from the text of /proc/stat.

    Counts user, nice, system and stolen time. Leaves out interrupts: the loopback traffic of the test itself ends
    up there and belongs to nobody else.

    Example:
        >>> busy_seconds("cpu  100 20 30 999 5 6 7 50 0 0") == 200 / TICKS_PER_SECOND
        True
    """
    user, nice, system, _idle, _iowait, _irq, _softirq, steal = map(int, proc_stat.split("\n", 1)[0].split()[1:9])
    return (user + nice + system + steal) / TICKS_PER_SECOND


def process_seconds(stat: str) -> float:
    """Return the processor seconds of one process, from the text of /proc/PID/stat.

    The command name may hold spaces and parentheses, so fields are counted from the last closing one.
    """
    fields = stat.rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_SECOND


def family(pid: int, proc: Path = Path("/proc")) -> list[int]:
    """Return a process and everything it started, as far as it still runs."""
    members = [pid]
    try:
        for task in (proc / str(pid) / "task").iterdir():
            for child in (task / "children").read_text().split():
                members += family(int(child), proc)
    except OSError:
        pass  # it ended while we looked: what it used then counts as somebody else's, which errs on the strict side
    return members


def used_seconds(pids: Iterable[int], proc: Path = Path("/proc")) -> float:
    """Return the processor seconds of processes and their families."""
    total = 0.0
    for pid in pids:
        for member in family(pid, proc):
            try:
                total += process_seconds((proc / str(member) / "stat").read_text())
            except OSError:
                continue  # as above
    return total


def _machine() -> float:
    return busy_seconds(Path("/proc/stat").read_text())


def _ended_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def wait_for_quiet() -> None:
    """Return when the machine is nearly idle, or after eight seconds at the latest."""
    deadline = time.monotonic() + _QUIET_WAIT_SECONDS
    while time.monotonic() < deadline:
        before = _machine()
        time.sleep(_QUIET_SAMPLE_SECONDS)
        if (_machine() - before) / _QUIET_SAMPLE_SECONDS < _QUIET_SHARE:
            return


@dataclass(frozen=True)
class Use:
    """Processor time of one slice.

    Attributes:
        server: Seconds the server under test used.
        foreign: Share of one core that processes outside the measurement used.
        wall: Seconds the slice took.
    """

    server: float
    foreign: float
    wall: float

    @property
    def clean(self) -> bool:
        """Whether nobody else disturbed the slice."""
        return self.foreign < FOREIGN_LIMIT


class Meter:
    """Measure who used the processors between `start` and `stop`.

    Args:
        servers: Process ids of what is measured, families included.
        helpers: Process ids that work for the measurement: upstream, database.
    """

    def __init__(self, servers: Iterable[int], helpers: Iterable[int] = ()) -> None:
        self._servers = tuple(servers)
        self._helpers = tuple(helpers)

    def start(self) -> None:
        """Note where every counter stands."""
        self._wall = time.monotonic()
        self._server = used_seconds(self._servers)
        self._helper = used_seconds(self._helpers)
        self._ended = _ended_children()
        self._busy = _machine()

    def stop(self) -> Use:
        """Return what was used since `start`; the load generator must have ended by now."""
        busy = _machine() - self._busy
        wall = time.monotonic() - self._wall
        server = used_seconds(self._servers) - self._server
        known = server + used_seconds(self._helpers) - self._helper + _ended_children() - self._ended
        return Use(server=server, foreign=max(0.0, busy - known) / wall, wall=wall)
