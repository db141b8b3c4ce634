"""A service that is told to stop: first "not ready", then the last answers, then the end."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

SERVICE = """
import asyncio
import uvicorn
from starlette.datastructures import State
from services.stack.serving import DrainingServer

class Application:
    def __init__(self):
        self.state = State({{"draining": False}})

    async def __call__(self, scope, receive, send):
        if scope["type"] == "lifespan":
            while True:
                message = await receive()
                await send({{"type": message["type"] + ".complete"}})
                if message["type"] == "lifespan.shutdown":
                    print("closed", flush=True)
                    return
        if scope["path"] == "/slow":
            await asyncio.sleep(1.0)
        status = 503 if scope["path"] == "/readyz" and self.state.draining else 200
        await send({{"type": "http.response.start", "status": status, "headers": []}})
        await send({{"type": "http.response.body", "body": b""}})

async def main():
    application = Application()
    config = uvicorn.Config(application, port={port}, lifespan="on", log_config=None, timeout_graceful_shutdown=5)
    await DrainingServer(config, state=application.state, drain_s={drain_s}).serve()

asyncio.run(main())
"""


class Service:
    """A process with a slow and a quick path."""

    def __init__(self, drain_s: float) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        code = textwrap.dedent(SERVICE).format(port=port, drain_s=drain_s)
        self.process = subprocess.Popen(
            [sys.executable, "-c", code], cwd=Path(__file__).parents[2], stdout=subprocess.PIPE, text=True
        )
        self.url = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + 20
        while self.status("/readyz") != 200 and time.monotonic() < deadline:
            time.sleep(0.02)

    def status(self, path: str) -> int | None:
        """Return the status of an answer, None when nobody listens."""
        try:
            return httpx.get(self.url + path, timeout=10).status_code
        except httpx.TransportError:
            return None

    def end(self) -> tuple[int, str]:
        """Wait for the end; return exit code and output."""
        output, _ = self.process.communicate(timeout=20)
        return self.process.returncode, output


@pytest.fixture(params=[3.0])
def service(request: pytest.FixtureRequest) -> Iterator[Service]:
    made = Service(drain_s=request.param)
    yield made
    made.process.kill()
    made.process.communicate()


def test_at_sigterm_it_says_not_ready_while_it_still_answers_and_then_ends_in_peace(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)
    while service.status("/readyz") == 200:
        time.sleep(0.02)
    assert service.status("/readyz") == 503
    assert service.status("/anything") == 200
    assert service.end() == (0, "closed\n")
    assert service.status("/readyz") is None


def test_what_was_asked_before_the_end_is_answered(service: Service) -> None:
    with socket.create_connection(("127.0.0.1", int(service.url.rsplit(":", 1)[1]))) as slow:
        slow.sendall(b"GET /slow HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
        time.sleep(0.1)
        service.process.send_signal(signal.SIGTERM)
        assert slow.recv(100).startswith(b"HTTP/1.1 200")
    assert service.end()[0] == 0


@pytest.mark.parametrize("service", [3600.0], indirect=True)
def test_a_second_signal_does_not_wait(service: Service) -> None:
    service.process.send_signal(signal.SIGTERM)
    while service.status("/readyz") == 200:
        time.sleep(0.02)
    service.process.send_signal(signal.SIGTERM)
    assert service.end()[0] == 0
