"""The catalogue of event types. What is not in it never leaves, and nothing of `care` can be put into it."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.gateway.events.domain.errors import EventTypeUnknownError
from services.gateway.events.domain.records import Change

_TYPE = re.compile(r"[a-z]+(_[a-z]+)*\.[a-z]+(_[a-z]+)*")
_PATTERN = re.compile(r"\*|[a-z_]{1,40}\.(\*|[a-z_]{1,60})")
_FORBIDDEN = ("care", "tamkine", "gbv")
"""What an event type must not name: the very topic would be a disclosure. Source: platform.md 1.4."""


@dataclass(frozen=True, slots=True)
class EventType:
    """A kind of event.

    Attributes:
        type: Such as `person.registered`; the service's change has the same name.
        source: The feed that it comes from.
        resource: What an agreement must give for it to be shown.
        members: The references in its `data`, besides `version`.
        when: When it happens, by language.
    """

    type: str
    source: str
    resource: str
    members: tuple[str, ...]
    when: Mapping[str, str]


class CatalogueError(Exception):
    """A catalogue that must not be used."""


class Catalogue:
    """Every type there is.

    Raises:
        CatalogueError: A type is malformed, named twice, or of `care`.
    """

    def __init__(self, types: Iterable[EventType]) -> None:
        self.types: dict[str, EventType] = {}
        for each in types:
            words = f"{each.type} {each.resource} {each.source}".replace(".", " ").replace("_", " ").split()
            if not _TYPE.fullmatch(each.type) or each.type in self.types or not set(words).isdisjoint(_FORBIDDEN):
                raise CatalogueError(each.type)
            self.types[each.type] = each

    def of(self, change: Change) -> EventType | None:
        """Return the type of a change; None for one that is nobody's business outside."""
        found = self.types.get(change.kind)
        return found if found is not None and found.source == change.source else None

    def matching(self, patterns: Iterable[str]) -> frozenset[str]:
        """Return the types that patterns match.

        Raises:
            EventTypeUnknownError: One of them matches none.
        """
        found: set[str] = set()
        for pattern in patterns:
            matched = {name for name in self.types if matches(pattern, name)}
            if not matched:
                raise EventTypeUnknownError
            found |= matched
        return frozenset(found)

    def resources_of(self, patterns: Iterable[str]) -> frozenset[str]:
        """Return the resources that an agreement must give; of a pattern whose types are gone, none."""
        patterns = tuple(patterns)
        return frozenset(
            each.resource for each in self.types.values() if any(matches(one, each.type) for one in patterns)
        )


def matches(pattern: str, name: str) -> bool:
    """Say whether a pattern means a type: itself, all of its family, or everything.

    Example:
        >>> matches("person.*", "person.updated"), matches("person.*", "personal.updated")
        (True, False)
    """
    if not _PATTERN.fullmatch(pattern):
        return False
    if pattern == "*":
        return True
    family, _, rest = pattern.partition(".")
    return pattern == name or (rest == "*" and name.partition(".")[0] == family)
