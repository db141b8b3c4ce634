"""What stands between the gateway and a service in trouble: bounded calls, a breaker, few repetitions, told deadlines.

A plain loop and no retry library: one call in a thousand is made again, and each of the others would pay for the
library's wrappers; budget, breaker and what is left of the deadline would have to be told to it anyway.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, field
from math import ceil
from secrets import SystemRandom

from services.gateway.forwarding.clients.alarms import COARSE_S, Alarms
from services.gateway.forwarding.clients.upstream import (
    Answer,
    Call,
    Upstream,
    UpstreamBusyError,
    UpstreamError,
    UpstreamOpenError,
    UpstreamTimeoutError,
    UpstreamUnavailableError,
)
from services.gateway.forwarding.domain.breaker import Breaker, BreakerPolicy, State
from services.gateway.forwarding.domain.retries import SAFE, Budget, RetryPolicy
from services.kit.deadlines import HEADER, HOP_SHARE

_FAILING = frozenset({502, 504})
"""Answers that count as failures. A 503 does not: a service that says so at once is there, and says it of one call."""

_LATER = 503
_LONGEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class GuardPolicy:
    """How one service is guarded. Source: design, see docs/resilience.md.

    Attributes:
        concurrency: The most calls under way at once.
        queue: The most calls that wait for one of those to end.
        queue_s: The longest that one waits, in seconds.
        breaker: When the service is left in peace.
        retries: Which calls are made again.
    """

    concurrency: int = 64
    queue: int = 256
    queue_s: float = 1.0
    breaker: BreakerPolicy = field(default_factory=BreakerPolicy)
    retries: RetryPolicy = field(default_factory=RetryPolicy)


class Guarded:
    """Another upstream behind a guard; implements `Upstream`.

    While nothing is wrong a call costs a counter and the header that tells the service how long the caller waits.

    Attributes:
        inner: The upstream that is guarded.
        breaker: For those who look.
        running: Calls under way, answers that are still read among them.

    Args:
        inner: Makes the calls.
        policy: How.
        chance: Uniform in [0, 1), for the spread of pauses; the system's by default.
    """

    def __init__(
        self,
        inner: Upstream,
        policy: GuardPolicy | None = None,
        *,
        chance: Callable[[], float] | None = None,
    ) -> None:
        self.inner = inner
        self.policy = policy or GuardPolicy()
        self.breaker = Breaker(self.policy.breaker)
        self.running = 0
        self._budget = Budget(self.policy.retries)
        self._chance = chance or SystemRandom().random
        self._queue: deque[asyncio.Future[None]] = deque()
        self._alarms = Alarms()

    async def send(self, call: Call) -> Answer:
        """Send a request; see `Upstream`.

        Raises:
            UpstreamOpenError: The service is left in peace.
            UpstreamBusyError: Too many calls are under way, and too many wait.
            UpstreamError: There will be no answer.
        """
        end = self._alarms.loop.time() + call.deadline_s
        headers, attempts = call.headers, 0
        while True:
            attempts += 1
            try:
                answer = await self._attempt(call, headers, end)
            except UpstreamUnavailableError as error:
                pause = None if isinstance(error, UpstreamOpenError) else self._pause_s(call, attempts, end)
                if pause is None:
                    raise
            else:
                if answer.status != _LATER:
                    return answer
                pause = self._pause_s(call, attempts, end, _asked_s(answer.headers))
                if pause is None:
                    return answer
                await answer.release()
            await asyncio.sleep(pause)

    async def close(self) -> None:
        """Close all connections; calls that wait fail."""
        self._turn_away(UpstreamUnavailableError)
        await self.inner.close()

    @property
    def waiting(self) -> int:
        """How many calls wait for a place."""
        return len(self._queue)

    # --- one attempt

    async def _attempt(self, call: Call, headers: Sequence[tuple[bytes, bytes]], end: float) -> Answer:
        loop = self._alarms.loop
        now = loop.time()
        if self.breaker.state is not State.CLOSED and (pause := self.breaker.refuses_for(now)):
            raise UpstreamOpenError(ceil(pause))
        if self.running < self.policy.concurrency:
            self.running += 1
        else:
            await self._wait_for_a_place(end)
            now = loop.time()
        ticket = self.breaker.admit(now)
        if ticket is None:
            self._leave()
            raise UpstreamOpenError(ceil(self.breaker.refuses_for(now)))
        call.deadline_s = end - now
        call.headers = [*headers, (HEADER, b"%d" % max(1, call.deadline_s * HOP_SHARE * 1000))]
        try:
            answer = await self.inner.send(call)
        except BaseException as error:
            self._leave()
            self._note(ticket, failed=_blames_service(error, call, late=loop.time() >= end - COARSE_S))
            raise
        if answer.body is None:
            return _Held(answer, self, ticket)
        self._leave()
        self._note(ticket, failed=answer.status in _FAILING)
        return answer

    def ended(self, ticket: int, *, failed: bool) -> None:
        """Note that an answer was read to its end, or that it broke off."""
        self._leave()
        self._note(ticket, failed=failed)

    def _note(self, ticket: int, *, failed: bool | None) -> None:
        now = self._alarms.loop.time()
        if failed is None:
            self.breaker.let_go(ticket, now)
        elif not failed:
            self.breaker.succeeded(ticket, now)
        else:
            self.breaker.failed(ticket, now)
            if self.breaker.state is State.OPEN:
                pause = ceil(self.breaker.refuses_for(now))
                self._turn_away(lambda: UpstreamOpenError(pause))

    def _pause_s(self, call: Call, attempts: int, end: float, asked_s: float | None = 0.0) -> float | None:
        """Return how long to wait before the call is made again; None where it is not."""
        policy = self.policy.retries
        if call.method not in SAFE or call.body is not None or attempts > policy.most:
            return None
        if asked_s is None or asked_s > policy.longest_wait_s or self.breaker.state is not State.CLOSED:
            return None
        now = self._alarms.loop.time()
        pause = policy.pause_s(attempts, self._chance(), asked_s)
        if now + 2 * pause > end or not self._budget.spend(now, self.breaker.seen(now)[0]):
            return None
        return pause

    # --- places

    async def _wait_for_a_place(self, end: float) -> None:
        if len(self._queue) >= self.policy.queue:
            raise UpstreamBusyError
        loop = self._alarms.loop
        waiter: asyncio.Future[None] = loop.create_future()
        self._queue.append(waiter)
        patience = loop.time() + self.policy.queue_s
        try:
            async with asyncio.timeout_at(min(end, patience)):
                await waiter
        except BaseException as error:
            if waiter.cancelled():
                self._queue = deque(other for other in self._queue if other is not waiter)
            elif waiter.exception() is None:  # the place came, and nobody is there to take it
                self._leave()
            if isinstance(error, TimeoutError):
                raise (UpstreamTimeoutError if end <= patience else UpstreamBusyError) from None
            raise

    def _leave(self) -> None:
        """Give the place to the one who has waited longest."""
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_result(None)
                return
        self.running -= 1

    def _turn_away(self, refusal: Callable[[], UpstreamError]) -> None:
        while self._queue:
            waiter = self._queue.popleft()
            if not waiter.done():
                waiter.set_exception(refusal())


class _Held:
    """An answer that is read as it comes; its place is free when it has come, or is let go of."""

    __slots__ = ("_answer", "_guard", "_ticket", "body", "headers", "status")

    def __init__(self, answer: Answer, guard: Guarded, ticket: int) -> None:
        self._answer, self._guard, self._ticket = answer, guard, ticket
        self.status, self.headers, self.body = answer.status, answer.headers, answer.body

    async def chunks(self) -> AsyncIterator[bytes]:
        """Yield the body as it comes; see `Answer`."""
        try:
            async for chunk in self._answer.chunks():
                yield chunk
        except UpstreamError:
            self._end(failed=True)
            raise
        self._end(failed=self.status in _FAILING)

    async def release(self) -> None:
        """Let go of the answer; see `Answer`."""
        try:
            await self._answer.release()
        finally:
            self._end(failed=self.status in _FAILING)

    def _end(self, *, failed: bool) -> None:
        if self._ticket >= 0:
            self._guard.ended(self._ticket, failed=failed)
            self._ticket = -1


def _blames_service(error: BaseException, call: Call, *, late: bool) -> bool | None:
    """Say whether an attempt that ended badly counts against the service; None where nothing can be concluded.

    A caller who hangs up says nothing about it, unless she does so because the time is over, as a composition does.
    A streamed body is the caller's own doing: what goes wrong with it may be hers.
    """
    if isinstance(error, UpstreamBusyError) or not isinstance(call.body, bytes | None):
        return None
    if isinstance(error, UpstreamError) or (isinstance(error, asyncio.CancelledError) and late):
        return True
    return None


def _asked_s(headers: Sequence[tuple[bytes, bytes]]) -> float | None:
    """Return the seconds after which a service wants to be asked again; None where it does not say."""
    for name, value in headers:
        if name.lower() == b"retry-after":
            return float(value) if value.isdigit() and len(value) <= _LONGEST_NUMBER else None
    return None
