"""Everything that is held about a person, put together from what each service says; honest about what is missing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any


class SourceStatus(StrEnum):
    """Whether what a service holds is in the extract."""

    OK = "ok"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Origin:
    """A service that is asked.

    Attributes:
        name: What the extract calls it.
        service: Who is asked.
        target: Path and query, with the person's id still to be filled in.
        purpose: Why its data are kept, as purposes of the API are called.
    """

    name: str
    service: str
    target: str
    purpose: str


ORIGINS = (
    Origin("registry", "registry", "/v1/persons/{person_id}/extract", "REGISTRATION"),
    Origin("coverage", "health", "/v1/coverage/extract?person_id={person_id}", "HEALTH_COVERAGE"),
    Origin("training", "training", "/v1/training/extract?person_id={person_id}", "TRAINING"),
)
ACCESS_LOG = "access_log"


@dataclass(frozen=True, slots=True)
class Use:
    """One use of her data, in the words of her language.

    Attributes:
        organisation: Its name; None where nobody was known.
        purpose: Code; None where none was named.
    """

    at: datetime
    organisation: str | None
    purpose: str | None
    action: str
    outcome: str


@dataclass(frozen=True, slots=True)
class Recipient:
    """An organisation that used her data.

    Attributes:
        purposes: Codes, in order.
        times: How often, as far as the log goes back in the extract.
    """

    organisation: str
    purposes: Sequence[str]
    times: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Extract:
    """What a person is given.

    Attributes:
        statuses: By service and for the access log: whether it is in here.
        sections: By service: its sections, as it says them.
        uses: Who used her data, the newest first.
        more_uses: Whether there are older ones than are shown.
    """

    statuses: Mapping[str, SourceStatus]
    sections: Mapping[str, Sequence[Mapping[str, Any]]]
    uses: Sequence[Use] = field(default_factory=tuple)
    more_uses: bool = False

    @property
    def complete(self) -> bool:
        """Say whether nothing is missing."""
        shown = [section for sections in self.sections.values() for section in sections]
        whole = not any(section["more"] for section in shown) and not self.more_uses
        return whole and all(status is SourceStatus.OK for status in self.statuses.values())

    @property
    def recipients(self) -> list[Recipient]:
        """Return who used her data, in the order of names."""
        return recipients_of(self.uses)


def recipients_of(uses: Iterable[Use]) -> list[Recipient]:
    """Return the organisations among uses that were not refused, in the order of their names."""
    found: dict[str, list[Use]] = {}
    for use in uses:
        if use.organisation is not None and use.outcome != "refused":
            found.setdefault(use.organisation, []).append(use)
    return [
        Recipient(
            name,
            sorted({use.purpose for use in theirs if use.purpose is not None}),
            len(theirs),
            max(use.at for use in theirs),
        )
        for name, theirs in sorted(found.items())
    ]
