"""One service's part of an overview, and what may honestly be said of it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

_OK, _DENIED, _UNKNOWN = 200, 403, 404


class PartStatus(StrEnum):
    """What a part is worth."""

    OK = "ok"
    DENIED = "denied"
    UNAVAILABLE = "unavailable"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Part:
    """What one service says.

    Attributes:
        age_s: How old what it rests on is, in seconds; 0 for what was read just now, None where there is nothing.
        data: The service's own answer; None where there is none.
    """

    status: PartStatus
    age_s: float | None = None
    data: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Asking:
    """Where a part comes from.

    Attributes:
        target: Path and query, with the person's id still to be filled in.
        scope: What the caller needs to be shown the part.
    """

    name: str
    service: str
    target: str
    scope: str

    @property
    def resource(self) -> str:
        """What agreements name it by."""
        return self.scope.partition(":")[0]


PARTS = (
    Asking("registry", "registry", "/v1/persons/{person_id}", "persons:read"),
    Asking("coverage", "health", "/v1/coverage/summary?person_id={person_id}", "coverage:read"),
    Asking("training", "training", "/v1/training/summary?person_id={person_id}", "enrolments:read"),
)

DENIED = Part(PartStatus.DENIED)
UNAVAILABLE = Part(PartStatus.UNAVAILABLE)


def part_of(status: int, data: Mapping[str, Any] | None) -> Part:
    """Return the part that an answer makes.

    A service that knows nothing of the person says 404, and that is an honest answer without data. One that rests on
    facts older than it should (`stale: true` with `age_s`) is shown, and marked.
    """
    if status == _DENIED:
        return DENIED
    if status == _UNKNOWN:
        return Part(PartStatus.OK, 0.0)
    if status != _OK or data is None:
        return UNAVAILABLE
    age = data.get("age_s", 0)
    worth = PartStatus.STALE if data.get("stale") is True else PartStatus.OK
    return Part(worth, float(age) if isinstance(age, int | float) else None, data)
