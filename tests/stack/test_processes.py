"""The supervisor: order, restarts, drains, and nothing left behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.stack.postmaster import is_running
from services.stack.processes import LAUNCHER, Child, NotReadyError, Patience, Supervisor

QUICK = Patience(ready_s=10, drain_s=2, first_backoff_s=0.05, longest_backoff_s=0.4, steady_s=30)

SERVER = """
import http.server, signal, sys, time

class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        ready = time.monotonic() - begun > {slow_s}
        self.send_response(200 if ready else 503)
        self.end_headers()
    def log_message(self, *_):
        pass

def stop(*_):
    print("drained", flush=True)
    sys.exit(0)

begun = time.monotonic()
signal.signal(signal.SIGTERM, stop)
print("begun", flush=True)
http.server.HTTPServer(("127.0.0.1", {port}), Answer).serve_forever()
"""


class Lines:
    """Collects what the supervisor passes on."""

    def __init__(self) -> None:
        self.all: list[tuple[str, str]] = []

    def __call__(self, name: str, line: str) -> None:
        self.all.append((name, line))

    def of(self, name: str) -> list[str]:
        return [line for told, line in self.all if told == name]


@pytest.fixture
def lines() -> Lines:
    return Lines()


@pytest.fixture
async def supervisor(lines: Lines) -> AsyncIterator[Supervisor]:
    made = Supervisor(lines, QUICK)
    yield made
    await made.stop()


def program(name: str, code: str, *, ready_url: str | None = None) -> Child:
    return Child(name, [sys.executable, "-u", "-c", textwrap.dedent(code)], dict(os.environ), ready_url)


def server(name: str, *, slow_s: float = 0.0) -> Child:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    return program(name, SERVER.format(port=port, slow_s=slow_s), ready_url=f"http://127.0.0.1:{port}/readyz")


async def until(condition: object, *, limit_s: float = 10.0) -> None:
    assert callable(condition)
    async with asyncio.timeout(limit_s):
        while not condition():  # noqa: ASYNC110 - the condition is another process's doing
            await asyncio.sleep(0.01)


async def test_a_child_counts_as_started_when_it_says_it_is_ready(supervisor: Supervisor) -> None:
    begun = time.monotonic()
    await supervisor.start(server("slow", slow_s=0.5))
    assert time.monotonic() - begun >= 0.5
    assert supervisor.pid("slow") is not None


async def test_a_killed_child_starts_again_under_another_number(supervisor: Supervisor, lines: Lines) -> None:
    await supervisor.start(server("one"))
    first = supervisor.pid("one")
    assert first is not None
    os.kill(first, signal.SIGKILL)
    await until(lambda: supervisor.pid("one") not in {None, first})
    assert lines.of(LAUNCHER) == ["one ended (SIGKILL); it starts again in 0.05 s"]


async def test_the_waits_between_restarts_double_up_to_a_limit(supervisor: Supervisor, lines: Lines) -> None:
    await supervisor.start(program("falls", "import time; time.sleep(0.2); raise SystemExit(3)"))
    await until(lambda: len(lines.of(LAUNCHER)) == 5)
    waits = [line.rsplit(" ", 2)[1] for line in lines.of(LAUNCHER)]
    assert waits == ["0.05", "0.1", "0.2", "0.4", "0.4"]
    assert lines.of(LAUNCHER)[0].startswith("falls ended (exit code 3)")


async def test_a_child_that_never_gets_ready_is_reported_with_its_last_lines(lines: Lines) -> None:
    supervisor = Supervisor(lines, Patience(ready_s=0.8))
    with pytest.raises(NotReadyError, match=r"(?s)late is not ready after 0.8 s.*begun"):
        await supervisor.start(server("late", slow_s=60))
    await supervisor.stop()


async def test_a_child_that_ends_again_and_again_is_reported_without_waiting(supervisor: Supervisor) -> None:
    child = program("broken", "raise SystemExit('no settings')", ready_url="http://127.0.0.1:9/readyz")
    with pytest.raises(NotReadyError, match=r"(?s)broken ended 3 times.*no settings"):
        await supervisor.start(child)


async def test_a_program_that_is_not_there_is_reported(supervisor: Supervisor) -> None:
    with pytest.raises(NotReadyError, match="cannot be started"):
        await supervisor.start(Child("absent", ["/no/such/program"], {}, "http://127.0.0.1:9/readyz"))


async def test_children_drain_in_the_order_they_are_stopped_in(supervisor: Supervisor, lines: Lines) -> None:
    await supervisor.start(server("database"), server("service"))
    await supervisor.start(server("gateway"))
    numbers = [supervisor.pid(name) for name in ("gateway", "service", "database")]
    await supervisor.stop("gateway")
    assert lines.of("gateway")[-1] == "drained"
    assert "drained" not in lines.of("service") + lines.of("database")
    await supervisor.stop("service")
    await supervisor.stop()
    assert [name for name, line in lines.all if line == "drained"] == ["gateway", "service", "database"]
    assert not any(number is not None and is_running(number) for number in numbers)
    assert lines.of(LAUNCHER) == []


async def test_a_child_that_does_not_listen_is_killed(supervisor: Supervisor, lines: Lines) -> None:
    code = """
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("deaf", flush=True)
        time.sleep(60)
    """
    await supervisor.start(program("stubborn", code))
    await until(lambda: lines.of("stubborn") == ["deaf"])
    number = supervisor.pid("stubborn")
    await supervisor.stop("stubborn")
    assert number is not None
    assert not is_running(number)
    assert lines.of(LAUNCHER) == ["stubborn did not end within 2 s and is killed"]


async def test_a_child_that_waits_for_its_next_start_is_stopped_at_once(lines: Lines) -> None:
    supervisor = Supervisor(lines, Patience(first_backoff_s=3600))
    await supervisor.start(program("fallen", "import time; time.sleep(0.2)"))
    await until(lambda: lines.of(LAUNCHER))
    async with asyncio.timeout(60):
        await supervisor.stop()


async def test_odd_output_does_no_harm(supervisor: Supervisor, lines: Lines) -> None:
    code = """
        import sys, time
        sys.stdout.buffer.write(b"\\xff\\xfe no text\\n\\n" + b"x" * (3 << 20) + b"\\nlast\\n")
        sys.stdout.flush()
        time.sleep(60)
    """
    await supervisor.start(program("odd", code))
    await until(lambda: "last" in lines.of("odd"))
    assert lines.of("odd")[0].endswith("no text")
    assert max(map(len, lines.of("odd"))) <= 2_000


def test_no_child_survives_a_killed_launcher(tmp_path: Path) -> None:
    code = f"""
        import asyncio, os, sys
        from services.stack.processes import Child, Supervisor

        async def main():
            supervisor = Supervisor(lambda name, line: None)
            sleeper = [sys.executable, "-c", "import time; time.sleep(600)"]
            await supervisor.start(*(Child(str(n), sleeper, dict(os.environ)) for n in range(3)))
            numbers = " ".join(str(supervisor.pid(str(n))) for n in range(3))
            open({str(tmp_path / "numbers")!r}, "w").write(numbers)
            print("started", flush=True)
            await asyncio.sleep(600)

        asyncio.run(main())
    """
    launcher = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(code)], stdout=subprocess.PIPE, cwd=Path(__file__).parents[2]
    )
    assert launcher.stdout is not None
    assert launcher.stdout.readline() == b"started\n"
    numbers = [int(number) for number in (tmp_path / "numbers").read_text(encoding="utf-8").split()]
    assert len(numbers) == 3
    assert all(is_running(number) for number in numbers)
    launcher.kill()
    launcher.wait()
    launcher.stdout.close()
    deadline = time.monotonic() + 5
    while any(is_running(number) for number in numbers) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(is_running(number) for number in numbers)
