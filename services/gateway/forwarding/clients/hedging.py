"""Asking twice when an answer is late, and taking the first: off unless configured, for services in several copies."""

import asyncio
from dataclasses import replace

from services.gateway.forwarding.clients.upstream import Answer, Call, Upstream
from services.gateway.forwarding.domain.retries import SAFE, Budget, RetryPolicy

MOST = RetryPolicy(share=0.0, floor=10)
"""Second questions to one service: ten in half a minute, so that hedging never doubles the load of a slow one."""


class Hedged:
    """Another upstream whose late reads are asked for once more; implements `Upstream`.

    Args:
        inner: Makes the calls.
        after_s: How late an answer is when it is asked for again, in seconds.
    """

    def __init__(self, inner: Upstream, after_s: float) -> None:
        self._inner, self._after_s = inner, after_s
        self._budget = Budget(MOST)

    async def send(self, call: Call) -> Answer:
        """Send a request, perhaps twice; see `Upstream`."""
        if call.method not in SAFE or call.body is not None or call.deadline_s <= self._after_s:
            return await self._inner.send(call)
        loop = asyncio.get_running_loop()
        asked = [loop.create_task(self._inner.send(call))]
        try:
            await asyncio.wait(asked, timeout=self._after_s)
            if not asked[0].done() and self._budget.spend(loop.time(), 0):
                again = replace(call, deadline_s=call.deadline_s - self._after_s)
                asked.append(loop.create_task(self._inner.send(again)))
            return await _first(asked)
        finally:
            for task in asked:
                task.cancel()
                task.add_done_callback(_let_go)

    async def close(self) -> None:
        """Close all connections."""
        await self._inner.close()


async def _first(asked: list[asyncio.Task[Answer]]) -> Answer:
    """Return the first answer; raise what the last one raised where there is none."""
    waiting = list(asked)
    while True:
        done, _ = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            waiting.remove(task)
            if task.exception() is None or not waiting:
                asked.remove(task)
                return task.result()


def _let_go(task: asyncio.Task[Answer]) -> None:
    """Release an answer that came too late to be the first."""
    if not task.cancelled() and task.exception() is None:
        releasing = asyncio.get_running_loop().create_task(task.result().release())
        _RELEASING.add(releasing)
        releasing.add_done_callback(_RELEASING.discard)


_RELEASING: set["asyncio.Task[None]"] = set()
"""Kept from the garbage collector until done."""
