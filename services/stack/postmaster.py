"""Recognise the PostgreSQL processes of one data directory, alive or left behind by a kill.

A pid file alone proves nothing: after SIGKILL or a power cut its number may belong to another program.
A process counts as ours when the system says that it runs `postgres` on this very directory.
"""

from __future__ import annotations

import contextlib
import os
import signal
import time
from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")
_PID_FILE = "postmaster.pid"
_LINES_WITH_PORT = 4
_POLL_S = 0.02
_ORPHANS_LEAVE_S = 5.0


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A running PostgreSQL server: its process id and the TCP port it listens on."""

    pid: int
    port: int


def running(data: Path) -> Postmaster | None:
    """Return the server that runs on this data directory, or None when the pid file is absent or stale.

    Args:
        data: The data directory (holds `postmaster.pid`).
    """
    try:
        lines = (data / _PID_FILE).read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return None
    if len(lines) < _LINES_WITH_PORT or not lines[0].strip().isdigit():
        return None
    pid = int(lines[0])
    return Postmaster(pid, int(lines[3])) if _serves(pid, data) else None


def forget_stale_pid_file(data: Path) -> None:
    """Remove a pid file whose number now belongs to another program, and wait for backends that outlived their server.

    PostgreSQL clears a stale pid file itself unless the number is in use again; it still checks by its shared
    memory that no backend of the dead server is at work on the files.
    """
    wait_until_gone(data)
    if running(data) is None:
        (data / _PID_FILE).unlink(missing_ok=True)


def wait_until_gone(data: Path, *, limit_s: float = _ORPHANS_LEAVE_S) -> None:
    """Wait for processes that work in this data directory without a server, then kill what is left of them.

    Args:
        data: The data directory.
        limit_s: Seconds before the kill; a backend in the middle of a long statement notices late.
    """
    deadline = time.monotonic() + limit_s
    while orphans := _workers_without_server(data):
        if time.monotonic() > deadline:
            for pid in orphans:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            deadline += limit_s
        time.sleep(_POLL_S)


def is_running(pid: int) -> bool:
    """Say whether a process is alive; one that only waits to be reaped is not."""
    try:
        state = (_PROC / str(pid) / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"


def _serves(pid: int, data: Path) -> bool:
    """Say whether the process is a `postgres -D <data>`: command lines are readable to all, in containers too."""
    try:
        arguments = (_PROC / str(pid) / "cmdline").read_bytes().split(b"\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return arguments[0].endswith(b"/postgres") and os.fsencode(data) in arguments and is_running(pid)


def _workers_without_server(data: Path) -> list[int]:
    """Return backends of this data directory when no server runs on it (PostgreSQL works inside its directory)."""
    if running(data) is not None:
        return []
    found = []
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        # A process may end while we look, and those of other users may hide where they work: neither is one of ours.
        with contextlib.suppress(OSError):
            is_postgres = (entry / "comm").read_text(encoding="utf-8").strip() == "postgres"
            if is_postgres and (entry / "cwd").readlink() == data and is_running(int(entry.name)):
                found.append(int(entry.name))
    return found
