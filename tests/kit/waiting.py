"""Waiting for something that another task, process or database does."""

import asyncio
from collections.abc import Awaitable, Callable


async def until(holds: Callable[[], Awaitable[bool]] | Callable[[], bool], *, within_s: float = 20) -> None:
    """Wait until it holds; TimeoutError when it does not in time."""
    async with asyncio.timeout(within_s):
        while True:
            answer = holds()
            if answer if isinstance(answer, bool) else await answer:
                return
            await asyncio.sleep(0.02)
