"""A whole deployment: four services, workers and PostgreSQL, running somewhere or started here by the launcher."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from services.stack.parentage import die_with_parent
from tests.end_to_end.partner import Client

PROJECT = Path(__file__).resolve().parents[2]
START_SECONDS = 180
STOP_SECONDS = 60
_PORTS_TOGETHER = 4
_FIRST_PORT, _LAST_PORT = 20_000, 30_000
_ENTERABLE = 0o711


@dataclass(frozen=True)
class Deployment:
    """Where a deployment is reached, and by whom.

    Attributes:
        base_url: The gateway.
        clients: Demo credentials by name.
    """

    base_url: str
    clients: dict[str, Client]


def deployed(base_url: str, credentials: Path) -> Deployment:
    """Return a deployment that runs already.

    Args:
        base_url: Its gateway.
        credentials: The demo file, as `api.md` and the launcher lay it out.
    """
    document = json.loads(credentials.read_text(encoding="utf-8"))
    return Deployment(base_url, {name: Client.read(entry) for name, entry in document["clients"].items()})


@contextmanager
def launched() -> Iterator[Launcher]:
    """Start everything in a folder of its own, on free ports; stop it and remove its data afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="indimaj-deployment-"))
    folder.chmod(_ENTERABLE)
    launcher = Launcher(folder)
    try:
        launcher.start()
        yield launcher
    finally:
        launcher.stop()
        launcher.take_down()
        shutil.rmtree(folder, ignore_errors=True)


class Launcher:
    """`python -m services up` in a folder of its own, without demo persons.

    Args:
        folder: Where data, keys and logs are kept; everybody may pass through it, as PostgreSQL's user must.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = free_ports()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """The gateway's URL."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The launcher's process id."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Start, and return when the gateway says that it is ready and the credentials are written."""
        with (self.folder / "launcher.log").open("ab") as log:
            self._process = subprocess.Popen(
                self._command("up", "--port", str(self.port)),
                cwd=PROJECT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # a test run that is killed leaves nothing behind: its launcher then stops as by Ctrl-C
                preexec_fn=die_with_parent(signal.SIGINT),  # noqa: PLW1509  # one system call, looked up beforehand
            )
        deadline = time.monotonic() + START_SECONDS
        while not self._is_ready():
            assert self._process.poll() is None, self._log()
            assert time.monotonic() < deadline, self._log()
            time.sleep(0.1)

    def stop(self) -> None:
        """Stop as Ctrl-C does, and wait until everything is gone."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    def kill(self) -> None:
        """End the launcher as a crash does."""
        os.kill(self.pid, signal.SIGKILL)
        assert self._process is not None
        self._process.wait()

    def take_down(self) -> None:
        """Stop what a killed launcher left running."""
        subprocess.run(self._command("down"), cwd=PROJECT, check=False, capture_output=True, timeout=STOP_SECONDS)

    def deployment(self) -> Deployment:
        """Return where this deployment is reached, and by whom."""
        return deployed(self.base_url, self.folder / "demo.json")

    def connection(self) -> httpx.Client:
        """Return a connection to the gateway, without credentials."""
        return httpx.Client(base_url=self.base_url, timeout=30)

    def _command(self, *words: str) -> list[str]:
        return [sys.executable, "-P", "-m", "services", *words, "--folder", str(self.folder)]

    def _is_ready(self) -> bool:
        with suppress(httpx.HTTPError):
            ready = httpx.get(f"{self.base_url}/readyz", timeout=2).status_code == httpx.codes.OK
            return ready and (self.folder / "demo.json").exists()
        return False

    def _log(self) -> str:
        return (self.folder / "launcher.log").read_text(encoding="utf-8", errors="replace")[-4000:]


def free_ports() -> int:
    """Return the first of four neighbouring loopback ports that nobody listens on."""
    for first in range(_FIRST_PORT + os.getpid() % 1000 * 10, _LAST_PORT, _PORTS_TOGETHER):
        with suppress(OSError):
            for port in range(first, first + _PORTS_TOGETHER):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
            return first
    raise RuntimeError("no four free ports in a row")
