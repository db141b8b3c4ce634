"""One slice of HTTP load with wrk, and what it reported."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

LOAD_CORE = 0
SERVER_CORE = 1
"""Load and upstream share the first core; what is measured has the second for itself."""

_MICROSECONDS = {"us": 1.0, "ms": 1e3, "s": 1e6, "m": 6e7}


class LoadError(RuntimeError):
    """The server answered with errors, so the slice measured something else than work done."""


@dataclass(frozen=True)
class Target:
    """Where a slice of load goes.

    Attributes:
        url: Address with scheme, host, port and path.
        headers: Headers of every request.
        script: Lua script for wrk, when requests differ from each other.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    script: Path | None = None


@dataclass(frozen=True)
class Report:
    """What wrk saw.

    Attributes:
        requests: Requests answered.
        rate: Requests per second.
        p50: Median latency in microseconds.
        p99: 99th percentile of the latency in microseconds.
    """

    requests: int
    rate: float
    p50: float
    p99: float


def _latency(text: str, percentile: int) -> float:
    found = re.search(rf"^\s*{percentile}%\s+([\d.]+)(us|ms|s|m)\s*$", text, re.MULTILINE)
    if found is None:
        raise LoadError(f"wrk reported no {percentile}th percentile:\n{text}")
    return float(found[1]) * _MICROSECONDS[found[2]]


def read_report(text: str) -> Report:
    """Read wrk's output.

    Args:
        text: What `wrk --latency` printed.

    Raises:
        LoadError: Some answers were not 2xx or 3xx, a connection broke, or nothing was answered.
    """
    if "Non-2xx" in text or "Socket errors" in text:
        raise LoadError(f"not every request was answered well:\n{text}")
    requests = re.search(r"(\d+) requests in", text)
    rate = re.search(r"Requests/sec:\s+([\d.]+)", text)
    if requests is None or rate is None or int(requests[1]) == 0:
        raise LoadError(f"wrk measured nothing:\n{text}")
    return Report(int(requests[1]), float(rate[1]), _latency(text, 50), _latency(text, 99))


def command(target: Target, *, connections: int, seconds: int) -> Sequence[str]:
    """Return the command line of one slice: one thread, pinned to the load's core."""
    line = ["taskset", "-c", str(LOAD_CORE), "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency"]
    for name, value in target.headers.items():
        line += ["-H", f"{name}: {value}"]
    if target.script is not None:
        line += ["-s", str(target.script)]
    return [*line, target.url]


def press(target: Target, *, connections: int, seconds: int = 1) -> Report:
    """Put load on a target and wait for the report.

    Raises:
        LoadError: As `read_report`, or wrk itself failed.
    """
    done = subprocess.run(
        command(target, connections=connections, seconds=seconds),
        capture_output=True,
        text=True,
        check=False,
        timeout=seconds + 30,
    )
    if done.returncode != 0:
        raise LoadError(f"wrk failed: {done.stderr or done.stdout}")
    return read_report(done.stdout)


def rotating_paths(paths: Sequence[str]) -> str:
    """Return a Lua script for wrk that asks for each path in turn.

    Raises:
        ValueError: A path could end the Lua string it is put into.
    """
    if any(char in path for path in paths for char in '"\\\n'):
        raise ValueError("paths for wrk hold no quotes, backslashes or line ends")
    listed = ", ".join(f'"{path}"' for path in paths)
    return (
        f"local paths = {{{listed}}}\n"
        "local turn = 0\n"
        "request = function()\n"
        "  turn = turn % #paths + 1\n"
        '  return wrk.format("GET", paths[turn])\n'
        "end\n"
    )
