"""The catalogue and the patience, read from the YAML beside it."""

from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.gateway.events.domain.catalogue import Catalogue, EventType
from services.gateway.events.domain.schedule import Schedule

_FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Patience:
    """How events are delivered and kept; see `delivery.yaml`.

    Attributes:
        timeout_s: For a whole exchange with a receiver.
        lease: After which a silent worker is held for dead.
        at_once: Deliveries of one subscription under way.
        most_at_once: Deliveries under way in one worker.
    """

    schedule: Schedule
    timeout_s: float
    lease: timedelta
    at_once: int
    most_at_once: int
    most_subscriptions: int
    kept: timedelta


@cache
def catalogue() -> Catalogue:
    """Return the event types there are."""
    return Catalogue(
        EventType(row["type"], row["source"], row["resource"], tuple(row["data"]), row["when"])
        for row in _read("event_types")
    )


@cache
def patience() -> Patience:
    """Return how events are delivered and kept."""
    row = _read("delivery")
    schedule = Schedule(
        pauses_s=tuple(row["pauses"]),
        jitter=row["jitter"],
        most_retry_after_s=row["most_retry_after"],
        disable_after=timedelta(days=row["disable_after_days"]),
    )
    return Patience(
        schedule,
        timeout_s=row["timeout"],
        lease=timedelta(seconds=row["lease"]),
        at_once=row["at_once"],
        most_at_once=row["most_at_once"],
        most_subscriptions=row["most_subscriptions"],
        kept=timedelta(days=row["kept_days"]),
    )


def _read(name: str) -> Any:
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
