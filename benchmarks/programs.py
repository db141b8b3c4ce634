"""Programs started for a measurement, pinned to a core and gone when it is over."""

import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0


class StartError(RuntimeError):
    """A program ended, or did not answer, while it should have started."""


def free_port() -> int:
    """Return a loopback port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_for_port(port: int, *, process: subprocess.Popen[bytes], log: Path) -> None:
    """Return when something accepts connections on a loopback port.

    Raises:
        StartError: The process ended, or nothing listened within a minute; with the end of its log.
    """
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise StartError(f"nothing listens on port {port}:\n{log.read_text(errors='replace')[-2000:]}")


@contextmanager
def running(
    command: Sequence[str | Path],
    *,
    log: Path,
    core: int | None = None,
    port: int | None = None,
    environment: Mapping[str, str] | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program for the length of a `with` block.

    Args:
        command: The program and its arguments.
        log: File for everything it prints.
        core: Core it may use; all when left out.
        port: Loopback port to wait for.
        environment: The whole environment; ours when left out.

    Raises:
        StartError: As `wait_for_port`.
    """
    pinned = [*(("taskset", "-c", str(core)) if core is not None else ()), *map(str, command)]
    with log.open("ab") as sink:
        process = subprocess.Popen(pinned, stdout=sink, stderr=sink, stdin=subprocess.DEVNULL, env=environment)
    try:
        if port is not None:
            wait_for_port(port, process=process, log=log)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
