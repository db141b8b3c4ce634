"""The one command, as it is delivered: it starts everything, survives kills, and leaves nothing behind."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.stack.postgres import Server
from services.stack.postmaster import is_running
from services.stack.secret_files import read_document
from tests.support.server import scratch_folder

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
LIMIT_S = 120.0


class Launched:
    """A running `up` in a folder of its own."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.lines: list[str] = []
        self.begun = time.monotonic()
        environment = os.environ | {"INDIMAJ_FOLDER": str(folder), "PYTHONPATH": str(ROOT), "COLUMNS": "200"}
        command = [sys.executable, "-P", "-m", "services", "up", "--port", "18400", *options]
        self.process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/"
        )
        self._reader = threading.Thread(target=self._read)
        self._reader.start()

    @property
    def output(self) -> str:
        """Everything printed so far."""
        return "".join(self.lines)

    def ready_url(self) -> str:
        """Wait for the ready line and return the URL in it."""
        while time.monotonic() < self.begun + LIMIT_S and self.process.poll() is None:
            for line in self.lines:
                if line.startswith("Ready: "):
                    return line.removeprefix("Ready: ").strip()
            time.sleep(0.05)
        raise AssertionError(self.output)

    def family(self) -> list[int]:
        """Return the processes that were started in this folder, the launcher among them, PostgreSQL not."""
        marker = f"INDIMAJ_FOLDER={self.folder}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and marker in (entry / "environ").read_bytes().split(b"\0"):
                    found.append(int(entry.name))
            except OSError:
                continue
        return found

    def end(self, number: signal.Signals) -> int:
        """Send a signal, wait for the end, and return the exit code."""
        self.process.send_signal(number)
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        code = self.process.wait(timeout=60)
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)


@pytest.fixture
def launch() -> Iterator[Callable[..., Launched]]:
    """Starts `up` in one folder, as often as a test wants; what is left of it afterwards is killed."""
    runs: list[Launched] = []
    with scratch_folder() as made:

        def start(*options: str) -> Launched:
            runs.append(Launched(made / "local", *options))
            return runs[-1]

        yield start
        for run in runs:
            if run.process.poll() is None:
                run.end(signal.SIGKILL)
        Server(made / "local" / "postgres").destroy()


def settled(send: Callable[[], httpx.Response]) -> httpx.Response:
    """Send until the answer is not 503: each pool finds out by a request of its own that its connections are dead."""
    deadline = time.monotonic() + 30
    while (answer := send()).status_code == 503:
        assert time.monotonic() < deadline, answer.text
        assert answer.headers["retry-after"]
        time.sleep(0.2)
    assert answer.status_code == 200, answer.text
    return answer


def token(demo: dict[str, Any], name: str) -> str:
    client = demo["clients"][name]
    form = {"grant_type": "client_credentials"}
    credentials = (client["client_id"], client["client_secret"])
    return str(settled(lambda: httpx.post(demo["token_url"], data=form, auth=credentials)).json()["access_token"])


def count_changes(demo: dict[str, Any], url: str) -> int:
    headers = {"authorization": f"Bearer {token(demo, 'integrator')}", "purpose": "REGISTRATION"}
    answer = settled(lambda: httpx.get(f"{url}/v1/changes?limit=200", headers=headers))
    return len(answer.json()["items"])


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def test_it_starts_survives_kills_and_leaves_nothing_behind(launch: Callable[..., Launched]) -> None:
    first = launch()
    folder, url = first.folder, first.ready_url()
    demo = read_document(folder / "demo.json")
    assert stat.S_IMODE((folder / "demo.json").stat().st_mode) == 0o600
    assert demo["base_url"] == url
    partners = {"ministry", "hospital", "ofppt", "amappe", "mdm", "alcs", "aref", "cnss", "integrator"}
    assert partners <= set(demo["clients"])
    assert set(demo["clients"]["hospital"]) == {"client_id", "client_secret", "organisation", "scopes"}
    assert "not complete" not in first.output
    persons = count_changes(demo, url)
    assert persons >= 20

    database = Server(folder / "postgres").pid
    family = first.family()
    assert len(family) == 9
    first.end(signal.SIGKILL)
    wait_until(lambda: not any(is_running(number) for number in family))
    assert Server(folder / "postgres").pid == database

    second = launch()
    assert second.ready_url() == url
    assert Server(folder / "postgres").pid == database
    assert read_document(folder / "demo.json") == demo
    assert count_changes(demo, url) == persons

    assert database is not None
    os.kill(database, signal.SIGKILL)
    wait_until(lambda: Server(folder / "postgres").pid not in {None, database} and answers(f"{url}/readyz"))
    assert count_changes(demo, url) == persons

    family = second.family()
    assert second.end(signal.SIGTERM) == 0
    assert not any(is_running(number) for number in family)
    assert Server(folder / "postgres").pid is None


def test_empty_starts_without_demo_and_says_how_to_make_the_first_client(launch: Callable[..., Launched]) -> None:
    launched = launch("--empty")
    folder, url = launched.folder, launched.ready_url()
    assert not (folder / "demo.json").exists()
    assert "create-client" in launched.output
    command = [sys.executable, "-P", "-m", "services", "create-client", "first-client"]
    command += ["--organisation", "first", "--scope", "courses:read", "--purpose", "TRAINING"]
    refused = subprocess.run(
        command, env=os.environ | {"INDIMAJ_FOLDER": str(folder)}, capture_output=True, text=True, check=False
    )
    assert refused.returncode == 2
    assert "--authorisation" in refused.stderr
    command += ["--authorisation", "A-PO-1/2026"]
    environment = os.environ | {"INDIMAJ_FOLDER": str(folder), "PYTHONPATH": str(ROOT)}
    made = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    client = dict(line.split() for line in made.stdout.splitlines())
    demo: dict[str, Any] = {"token_url": f"{url}/oauth2/token", "clients": {"first": client}}
    assert token(demo, "first")
    down = subprocess.run([*command[:4], "down"], env=environment, capture_output=True, text=True, check=True)
    assert "the data are kept" in down.stdout
    assert launched.wait() == 0
    assert Server(folder / "postgres").pid is None


def wait_until(condition: object) -> None:
    assert callable(condition)
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)
