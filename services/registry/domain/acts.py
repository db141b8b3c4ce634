"""An act: who writes what, when, and everything that is recorded with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.registry.domain.facts import Hash, facts_of
from services.registry.domain.folding import NameClasses
from services.registry.domain.persons import Person
from services.registry.domain.provenance import UNSTATED, Provenance
from services.registry.domain.search import SearchEntry, entry_of
from services.registry.domain.sources import Source

REGISTERED, UPDATED, ERASED = "person.registered", "person.updated", "person.erased"
"""What the feed calls a change; whoever follows it erases too whom it says is erased."""


@dataclass(frozen=True, slots=True)
class Act:
    """What every write is done with.

    Attributes:
        source: The intake that asks for it.
        at: The instant of the request.
        today: The civil date of the request.
        hash_identifier: For the facts' identifiers.
        spellings: For the search keys.
        provenance: Where the values come from, as far as the sender says.
        verifies: Fields whose values were held against their source and found right.
    """

    source: Source
    at: datetime
    today: date
    hash_identifier: Hash
    spellings: NameClasses
    provenance: Provenance = UNSTATED
    verifies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A version of a person with what goes beside it, all stored in one transaction.

    Attributes:
        source: Where it comes from.
        entry: What she is found by.
        facts: What her change tells.
        provenance: Where the values come from.
        verifies: Fields that were verified as they are.
    """

    person: Person
    source: Source
    entry: SearchEntry
    facts: Mapping[str, Any]
    provenance: Provenance = UNSTATED
    verifies: tuple[str, ...] = ()

    @property
    def change_kind(self) -> str:
        """What the feed calls it."""
        return REGISTERED if self.person.version == 1 else UPDATED


def record_of(person: Person, act: Act) -> Record:
    """Return the record of a version that an act makes."""
    return Record(
        person,
        act.source,
        entry_of(person, act.spellings, act.today),
        facts_of(person, hash_identifier=act.hash_identifier, on=act.today),
        act.provenance,
        act.verifies,
    )
