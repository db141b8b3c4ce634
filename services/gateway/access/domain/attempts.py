"""How often somebody may try: a few times freely, then ever more slowly, and never not at all.

Nobody is locked out: a stranger who types wrong passwords for another's name slows her down by some minutes at most,
and passkeys are not slowed at all. Source: NIST SP 800-63B 5.2.2; OWASP ASVS 2.2.1.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

FORGOTTEN_AFTER = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Policy:
    """How a kind of attempt is slowed down.

    Attributes:
        kind: Part of the counter's key.
        free: Failures without a wait.
        longest: The longest wait.
    """

    kind: str
    free: int
    longest: timedelta


BY_NAME = Policy("name", free=5, longest=timedelta(minutes=5))
BY_ADDRESS = Policy("address", free=30, longest=timedelta(minutes=1))
BY_FACTOR = Policy("factor", free=5, longest=timedelta(minutes=5))


@dataclass(frozen=True, slots=True)
class Attempts:
    """What is remembered of failed attempts.

    Attributes:
        failures: In a row, with less than a day between them.
        last_at: The last one.
        free_at: When the next may be made.
    """

    failures: int
    last_at: datetime
    free_at: datetime


def wait_s(attempts: Attempts, *, at: datetime) -> int:
    """Return the whole seconds until the next attempt may be made; 0 where it may be now."""
    return max(0, ceil((attempts.free_at - at).total_seconds()))


def with_another(attempts: Attempts, policy: Policy, *, at: datetime) -> Attempts:
    """Return what is remembered once another attempt is made, counted as failed until it has succeeded.

    Example:
        >>> noon = datetime(2026, 11, 23, 12)
        >>> with_another(Attempts(7, noon, noon), BY_NAME, at=noon).free_at - noon
        datetime.timedelta(seconds=4)
    """
    before = attempts.failures if at - attempts.last_at < FORGOTTEN_AFTER else 0
    failures = before + 1
    beyond = failures - policy.free
    wait = timedelta(0) if beyond <= 0 else min(timedelta(seconds=2 ** min(beyond - 1, 20)), policy.longest)
    return Attempts(failures, at, at + wait)
