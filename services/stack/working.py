"""Run one service's worker until it is told to stop."""

from __future__ import annotations

import asyncio
import importlib
import os
import signal

from services.kit import logs


def work(name: str) -> None:
    """Do the background work of a service until SIGTERM or SIGINT.

    The service's module `worker` has `async def work(stopping: asyncio.Event) -> None`, which ends soon after the
    event is set. asyncio's own loop, not uvloop: psycopg's connections are at home there.

    Args:
        name: The service.
    """
    logs.configure(f"{name}-worker", os.environ.get("INDIMAJ_LOG_LEVEL", "INFO"))
    asyncio.run(_work(name))


async def _work(name: str) -> None:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    await importlib.import_module(f"services.{name}.worker").work(stopping)
