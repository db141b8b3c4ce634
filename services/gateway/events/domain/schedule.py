"""When a delivery is tried again, and when it is given up."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

LONGEST_HEADER = 100


@dataclass(frozen=True, slots=True)
class Schedule:
    """How patient the house is.

    Attributes:
        pauses_s: Seconds before the second attempt, the third, and so on; after the last of them it is given up.
        jitter: The part of a pause by which it may be longer, so that receivers are not all called at once.
        most_retry_after_s: The longest pause that a receiver may ask for, in seconds.
        disable_after: How long a receiver may fail without a single success before its subscription is stopped.
    """

    pauses_s: tuple[float, ...]
    jitter: float
    most_retry_after_s: float
    disable_after: timedelta


def next_attempt_at(
    schedule: Schedule, *, attempts: int, at: datetime, dice: float, retry_after_s: float | None
) -> datetime | None:
    """Return when to try again, or None to give up.

    Args:
        schedule: How patient the house is.
        attempts: How often it was tried, this time included.
        at: The instant of the failure.
        dice: 0 to 1.
        retry_after_s: What the receiver asked for; it may make a pause longer, never shorter.
    """
    if attempts > len(schedule.pauses_s):
        return None
    pause_s = schedule.pauses_s[attempts - 1] * (1 + schedule.jitter * dice)
    asked_s = min(retry_after_s or 0.0, schedule.most_retry_after_s)
    return at + timedelta(seconds=max(pause_s, asked_s))


def is_hopeless(schedule: Schedule, *, failing_since: datetime, at: datetime) -> bool:
    """Say whether a receiver has failed for so long that it is called no more."""
    return at - failing_since >= schedule.disable_after


def read_retry_after(value: str | None, *, at: datetime) -> float | None:
    """Return the seconds that a `Retry-After` header asks for; None where it asks for nothing readable.

    Source: RFC 9110 section 10.2.3.
    """
    text = (value or "").strip()
    if not text or len(text) > LONGEST_HEADER or not text.isascii():
        return None
    if text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until.replace(tzinfo=UTC) if until.tzinfo is None else until
    return max(0.0, (until - at).total_seconds())
