"""When a service is left in peace: a circuit breaker, as plain arithmetic on outcomes and a clock that is handed in."""

from dataclasses import dataclass, field
from enum import StrEnum


class State(StrEnum):
    """What the breaker makes of the service."""

    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


@dataclass(frozen=True, slots=True)
class BreakerPolicy:
    """When the breaker opens, and for how long. Source: design, see docs/resilience.md.

    Attributes:
        window_s: How long an outcome counts, in seconds.
        slots: How many parts the window is kept in: an outcome is forgotten at most one part early.
        minimum: Outcomes in the window below which nothing is concluded.
        share: Share of failures from which on the breaker opens, 0-1.
        open_s: How long it stays open at first; doubled after each probe that fails.
        longest_open_s: The most that doubling comes to.
        probe_s: How long a probe may be under way before another is let through.
    """

    window_s: float = 30.0
    slots: int = 10
    minimum: int = 10
    share: float = 0.5
    open_s: float = 5.0
    longest_open_s: float = 30.0
    probe_s: float = 5.0


@dataclass(slots=True)
class Breaker:
    """One service's breaker.

    A call takes a ticket before it starts and hands it in with what came of it: `succeeded`, `failed`, or `let_go`
    where nothing can be concluded (the caller hung up). A ticket from before the last change of state counts for
    nothing: a call that hung while the breaker opened says nothing about the service as it is now. `now` is any clock
    that never runs backwards, in seconds.

    Attributes:
        state: For those who look; `admit` moves it on.
        opened: How often it has opened.
    """

    policy: BreakerPolicy = field(default_factory=BreakerPolicy)
    state: State = State.CLOSED
    opened: int = 0
    _ticket: int = 0
    _until: float = 0.0
    _pause_s: float = 0.0
    _ages: list[int] = field(init=False)
    _calls: list[int] = field(init=False)
    _failures: list[int] = field(init=False)
    _slot_s: float = field(init=False)

    def __post_init__(self) -> None:
        self._slot_s = self.policy.window_s / self.policy.slots
        self._forget()

    def refuses_for(self, now: float) -> float:
        """Return for how many seconds calls are refused; 0 where one may be made. Changes nothing."""
        return 0.0 if self.state is State.CLOSED else max(0.0, self._until - now)

    def admit(self, now: float) -> int | None:
        """Return a ticket, or None where no call may be made.

        While the breaker is not closed a call that is let through is the probe, and the only one.
        """
        if self.state is not State.CLOSED:
            if now < self._until:
                return None
            self._turn(State.HALF_OPEN, now + self.policy.probe_s)
        return self._ticket

    def succeeded(self, ticket: int, now: float) -> None:
        """Note an answer. The probe's closes the breaker, and what was before is forgotten."""
        if ticket != self._ticket:
            return
        if self.state is State.CLOSED:
            self._calls[self._slot(now)] += 1
        else:
            self._pause_s = 0.0
            self._turn(State.CLOSED, now)

    def failed(self, ticket: int, now: float) -> None:
        """Note a failure; the probe's, or one too many, opens the breaker."""
        if ticket != self._ticket:
            return
        if self.state is State.CLOSED:
            slot = self._slot(now)
            self._calls[slot] += 1
            self._failures[slot] += 1
            calls, failures = self.seen(now)
            if calls < self.policy.minimum or failures < self.policy.share * calls:
                return
        self.opened += 1
        self._pause_s = min(self._pause_s * 2 or self.policy.open_s, self.policy.longest_open_s)
        self._turn(State.OPEN, now + self._pause_s)

    def let_go(self, ticket: int, now: float) -> None:
        """Note that nothing can be concluded from a call; if it was the probe, the next call may be one."""
        if ticket == self._ticket and self.state is State.HALF_OPEN:
            self._until = now

    def seen(self, now: float) -> tuple[int, int]:
        """Return the outcomes and the failures in the window."""
        oldest = int(now / self._slot_s) - self.policy.slots
        recent = [slot for slot, age in enumerate(self._ages) if age > oldest]
        return sum(self._calls[slot] for slot in recent), sum(self._failures[slot] for slot in recent)

    def _turn(self, state: State, until: float) -> None:
        self.state, self._until = state, until
        self._ticket += 1
        self._forget()

    def _slot(self, now: float) -> int:
        """Return the part of the window that an outcome belongs to, emptied if it was last used a window ago."""
        age = int(now / self._slot_s)
        slot = age % self.policy.slots
        if self._ages[slot] != age:
            self._ages[slot] = age
            self._calls[slot] = self._failures[slot] = 0
        return slot

    def _forget(self) -> None:
        slots = self.policy.slots
        self._ages, self._calls, self._failures = [-slots] * slots, [0] * slots, [0] * slots
