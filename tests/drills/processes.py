"""Find the processes of one deployment in /proc, to hurt them."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from services.stack.installation import Installation
from services.stack.postgres import Server
from tests.end_to_end.deployment import Launcher

_PROC = Path("/proc")
_GONE_SECONDS = 20.0


def service(launcher: Launcher, name: str) -> int:
    """Return the process id of a service of this deployment.

    Args:
        launcher: The deployment.
        name: registry, health, training or gateway.
    """
    return _one(launcher, "serve", name)


def worker(launcher: Launcher, name: str) -> int:
    """Return the process id of a worker of this deployment."""
    return _one(launcher, "work", name)


def postgres(launcher: Launcher) -> int:
    """Return the process id of this deployment's PostgreSQL."""
    pid = Server(Installation(launcher.folder).postgres_folder).pid
    assert pid is not None, "PostgreSQL does not run"
    return pid


def children(pid: int) -> set[int]:
    """Return every living descendant of a process."""
    found: set[int] = set()
    waiting = [pid]
    while waiting:
        parent = waiting.pop()
        direct = {child for child, (_, its_parent) in _running() if its_parent == parent} - found
        found |= direct
        waiting += direct
    return found


def alive(pid: int) -> bool:
    """Say whether a process runs; one that has ended and waits to be noticed does not."""
    try:
        state = (_PROC / str(pid) / "stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return False
    return state not in {"Z", "X"}


def kill(pid: int) -> None:
    """End a process as a crash does, and return when it is gone."""
    os.kill(pid, signal.SIGKILL)
    wait_until_gone({pid})


def wait_until_gone(pids: set[int]) -> None:
    """Return when none of the processes runs any more."""
    deadline = time.monotonic() + _GONE_SECONDS
    while left := {pid for pid in pids if alive(pid)}:
        assert time.monotonic() < deadline, left
        time.sleep(0.02)


def _one(launcher: Launcher, verb: str, name: str) -> int:
    family = children(launcher.pid)
    found = [pid for pid, (words, _) in _running() if pid in family and (verb, name) in pairwise(words)]
    assert len(found) == 1, f"{verb} {name}: {found}"
    return found[0]


def _running() -> Iterator[tuple[int, tuple[list[str], int]]]:
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            try:
                words = (folder / "cmdline").read_text(errors="replace").split("\0")
                parent = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            except OSError:
                continue
            yield int(folder.name), (words, parent)
