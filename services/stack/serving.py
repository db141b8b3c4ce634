"""Run one service: uvicorn with uvloop and httptools, and a shutdown that nobody notices.

uvicorn closes its listener as soon as it is told to stop. A balancer, or our gateway, would then meet refused
connections. So the order here is: say "not ready", keep answering for a moment, then drain, then stop.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
from types import FrameType
from typing import Protocol, cast

import uvicorn
import uvloop
from starlette.datastructures import State
from starlette.types import ASGIApp

from services.kit import logs
from services.stack.one_write import OneWriteProtocol

SERVICES = ("registry", "health", "training", "gateway")
"""The services, by the name of their package."""

_KEEP_ALIVE_S = 75
_DRAIN_LIMIT_S = 15
_DEFAULT_DRAIN_SECONDS = "0.3"


class StatefulApplication(Protocol):
    """What `create_app` returns: an ASGI application whose `state.draining` its readiness probe looks at."""

    state: State


class DrainingServer(uvicorn.Server):
    """uvicorn that fails its readiness probe for a while before it closes its listener.

    Args:
        config: uvicorn's configuration.
        state: The application's state; `draining` is set in it.
        drain_s: Seconds between saying "not ready" and closing the listener.
    """

    def __init__(self, config: uvicorn.Config, *, state: State, drain_s: float) -> None:
        super().__init__(config)
        self._state = state
        self._drain_s = drain_s
        self._loop = asyncio.get_running_loop()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Begin to drain at the first signal; stop at once at a second one."""
        del frame
        if self._state.draining:
            self.should_exit = True
            self.force_exit = sig == signal.SIGINT
            return
        self._state.draining = True
        self._loop.call_soon_threadsafe(self._loop.call_later, self._drain_s, self._stop)

    def _stop(self) -> None:
        self.should_exit = True


def serve(name: str, *, host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT.

    Args:
        name: One of `SERVICES`.
        host: The address to listen on.
        port: The port to listen on.
    """
    logs.configure(name, os.environ.get("INDIMAJ_LOG_LEVEL", "INFO"))
    uvloop.run(_serve(name, host, port))


async def _serve(name: str, host: str, port: int) -> None:
    application = cast("StatefulApplication", importlib.import_module(f"services.{name}.app").create_app())
    config = uvicorn.Config(
        cast("ASGIApp", application),
        host=host,
        port=port,
        http=OneWriteProtocol,
        ws="none",
        lifespan="on",
        interface="asgi3",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=_DRAIN_LIMIT_S,
    )
    drain_s = float(os.environ.get("INDIMAJ_DRAIN_SECONDS", _DEFAULT_DRAIN_SECONDS))
    await DrainingServer(config, state=application.state, drain_s=drain_s).serve()
