"""Who may know of an event: what agreements give is asked anew whenever one is about to be shown or sent."""

from collections.abc import Mapping

from services.gateway.events.domain.records import Event

Given = Mapping[str, bool]
"""What an organisation's agreements give for a purpose on a day: by resource, whether only its own rows."""


def may_know(event: Event, organisation: str, given: Given) -> bool:
    """Say whether an organisation may know of an event.

    A row that is nobody's in particular is nobody's own.

    Args:
        event: What happened.
        organisation: Who would be told.
        given: What its agreements give.
    """
    own = given.get(event.resource)
    return own is not None and (not own or event.organisation == organisation)
