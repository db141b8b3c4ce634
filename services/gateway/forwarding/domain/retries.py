"""Which calls may be made again, when, and how often at most: repeating must never multiply an outage."""

from collections import deque
from dataclasses import dataclass, field

SAFE = frozenset({b"GET", b"HEAD"})
"""Only these are ever sent again. A change is not, with an idempotency key or without one: whether it had its effect
is for the caller to find out, and her own repetition with the same key is safe. Source: docs/resilience.md."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How calls are made again. Source: design, see docs/resilience.md.

    Attributes:
        most: Further attempts of one call.
        share: Further attempts of all calls together, as a share of the calls in the window.
        floor: Further attempts in the window that are allowed however few calls there are.
        window_s: How long an attempt counts, in seconds.
        first_s: Pause before the second attempt; doubled for each further one, and spread by chance.
        longest_wait_s: A service that asks for a longer pause (Retry-After) is not asked again at all.
    """

    most: int = 2
    share: float = 0.1
    floor: int = 3
    window_s: float = 30.0
    first_s: float = 0.025
    longest_wait_s: float = 1.0

    def pause_s(self, attempts: int, chance: float, asked_s: float = 0.0) -> float:
        """Return how long to wait before the next attempt.

        Args:
            attempts: How many were made, from 1.
            chance: Uniform in [0, 1); spreads callers that failed together over half of the pause and more.
            asked_s: What the service asked for (Retry-After); never less than that.

        Example:
            >>> RetryPolicy().pause_s(2, 0.5)
            0.0375
        """
        pause: float = self.first_s * 2 ** (attempts - 1) * (0.5 + chance / 2)
        return max(pause, asked_s)


@dataclass(slots=True)
class Budget:
    """The further attempts that one service's calls may still make together."""

    policy: RetryPolicy = field(default_factory=RetryPolicy)
    _spent: deque[float] = field(default_factory=deque)

    def spend(self, now: float, calls: int) -> bool:
        """Take one further attempt out of the budget; False where there is none left.

        Args:
            now: Any clock that never runs backwards, in seconds.
            calls: Outcomes of the window, further attempts among them.
        """
        while self._spent and self._spent[0] <= now - self.policy.window_s:
            self._spent.popleft()
        if len(self._spent) >= max(self.policy.floor, int(self.policy.share * (calls - len(self._spent)))):
            return False
        self._spent.append(now)
        return True
