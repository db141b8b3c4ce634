"""Accesses to one person's data, joined over the stores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.gateway.audit.domain.stores import TrailStore

LOOKING = "read_accesses"
"""The action of reading the log itself, which leaves a row in every store."""


class LogPart(StrEnum):
    """Whether a store's accesses are in an answer."""

    OK = "ok"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Access:
    """One use of a person's data.

    Attributes:
        action: An operationId.
        outcome: `ok`, `replayed`, or `refused:` and why.
        organisation: Its code; empty where nobody was known.
    """

    id: UUID
    at: datetime
    store: TrailStore
    action: str
    outcome: str
    organisation: str
    purpose: str | None
    request_id: str


@dataclass(frozen=True, slots=True)
class AccessLog:
    """A page of a person's log.

    Attributes:
        entries: The newest first.
        last: Instant and id of where the next page begins behind; None at the end.
        parts: What each store has contributed.
    """

    entries: Sequence[Access]
    last: tuple[datetime, UUID] | None
    parts: Mapping[TrailStore, LogPart]


def joined(answers: Mapping[TrailStore, Sequence[Access] | None], *, limit: int) -> AccessLog:
    """Return the newest accesses of all stores.

    A look at the log itself leaves a row in each store; it is told once.

    Args:
        answers: By store, up to `limit + 1` accesses, the newest first; None where the store did not answer.
        limit: The most entries.
    """
    found = [access for accesses in answers.values() for access in accesses or ()]
    found.sort(key=lambda one: (one.at, one.id), reverse=True)
    page = found[:limit]
    parts = {store: LogPart.UNAVAILABLE if one is None else LogPart.OK for store, one in answers.items()}
    last = (page[-1].at, page[-1].id) if len(found) > limit else None
    return AccessLog(list(_told_once(page)), last, parts)


def _told_once(accesses: Iterable[Access]) -> Iterable[Access]:
    looks: set[tuple[str, str]] = set()
    for one in accesses:
        if one.action == LOOKING:
            look = (one.organisation, one.request_id)
            if look in looks:
                continue
            looks.add(look)
        yield one
