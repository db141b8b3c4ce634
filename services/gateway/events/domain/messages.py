"""What a receiver is sent: references, never what they point to. Source: Standard Webhooks; CloudEvents 1.0."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from services.gateway.events.domain.catalogue import EventType
from services.gateway.events.domain.records import Change, Event

SOURCE = "/indimaj/{source}"


def data_of(change: Change, kind: EventType) -> dict[str, Any]:
    """Return an event's data: the references that its type names, as far as the change has them, and the version."""
    named = {name: str(change.references[name]) for name in kind.members if name in change.references}
    return {**named, "version": change.version}


def body_of(event: Event) -> dict[str, Any]:
    """Return what is sent to a receiver."""
    return {"type": event.type, "timestamp": instant(event.at), "data": dict(event.data)}


def envelope_of(event: Event) -> Mapping[str, Any]:
    """Return an event as a poll shows it: a CloudEvent in JSON."""
    return {
        "specversion": "1.0",
        "id": str(event.id),
        "source": SOURCE.format(source=event.source),
        "type": event.type,
        "subject": str(event.subject),
        "time": instant(event.at),
        "dataversion": "1",
        "datacontenttype": "application/json",
        "data": dict(event.data),
    }


def instant(at: datetime) -> str:
    """Return an instant as RFC 3339 in UTC, to the millisecond."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
