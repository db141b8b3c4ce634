"""What one source record contributes to a person: her fields at her intake, then corrections of them, one by one.

An intake says what it knows of each field. A correction says what it changed, and no more: the whole of a field, or
what went out of a list and what came into it. So the records of two persons can be laid together, and apart again,
without either's corrections speaking of what they never saw. Source: matching.md 7.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from services.registry.domain.births import UNKNOWN
from services.registry.domain.contacts import Contact
from services.registry.domain.names import Name
from services.registry.domain.persons import Core, Nationality, Person, Sex
from services.registry.domain.provenance import UNSTATED, Provenance

ATTRIBUTES: Mapping[str, tuple[str, ...]] = {
    "names": ("names",),
    "sex": ("sex",),
    "birth": ("birth", "birth_declared_as", "birth_source"),
    "birth_place": ("birth_place",),
    "mother_name": ("mother_name",),
    "father_name": ("father_name",),
    "languages": ("languages",),
    "school_level": ("school_level",),
    "contacts": ("contacts",),
    "deceased_on": ("deceased_on",),
}
"""Each field of the core to the attributes that hold it; a field of several is a tuple of their values."""
NATIONALITIES = "nationalities"
FIELDS = (*ATTRIBUTES, NATIONALITIES)
LISTS = frozenset({"names", "languages", "contacts", NATIONALITIES})
NOTHING: Mapping[str, Any] = {
    "sex": Sex.UNKNOWN,
    "birth": (UNKNOWN, None, None),
    **dict.fromkeys(LISTS, ()),
}
"""What a field is of which nothing is known; None where nothing else is said."""


class Kind(StrEnum):
    """What a contribution is."""

    INTAKE = "intake"
    CORRECTION = "correction"


@dataclass(frozen=True, slots=True)
class Edit:
    """What happened to one item of a list: it came, went, or was replaced in its place."""

    out: Any
    into: Any


@dataclass(frozen=True, slots=True)
class Contribution:
    """What a record says, field by field.

    Attributes:
        values: Field to its value: what an intake knows, or what a correction puts in the place of all that was known.
        edits: Field to what a correction changed of a list.
        verified: Field to the value that was held against its source and found right.
        provenance: Where all this comes from.
    """

    kind: Kind
    values: Mapping[str, Any] = field(default_factory=dict)
    edits: Mapping[str, tuple[Edit, ...]] = field(default_factory=dict)
    verified: Mapping[str, Any] = field(default_factory=dict)
    provenance: Provenance = UNSTATED


def values_of(core: Core, nationalities: Sequence[Nationality]) -> dict[str, Any]:
    """Return the value of every field; nationalities without what their rows are called."""
    values: dict[str, Any] = {}
    for name, attributes in ATTRIBUTES.items():
        parts = tuple(getattr(core, attribute) for attribute in attributes)
        values[name] = parts if len(parts) > 1 else parts[0]
    values[NATIONALITIES] = in_order([replace(row, id=None, first_id=None) for row in nationalities])
    return values


def core_of(values: Mapping[str, Any]) -> Core:
    """Return the core that the values make."""
    parts: dict[str, Any] = {}
    for name, attributes in ATTRIBUTES.items():
        value = values[name]
        parts.update(zip(attributes, value if len(attributes) > 1 else (value,), strict=True))
    return Core(**parts)


def contribution_of_intake(person: Person, provenance: Provenance = UNSTATED) -> Contribution:
    """Return what an intake contributes: the fields it knows of the person that it made."""
    values = values_of(person.core, person.nationalities)
    known = {name: value for name, value in values.items() if value != NOTHING.get(name)}
    return Contribution(Kind.INTAKE, known, provenance=provenance)


def contribution_between(
    before: Person, after: Person, *, provenance: Provenance = UNSTATED, verifies: Sequence[str] = ()
) -> Contribution | None:
    """Return what leads from one version to the next; None when it says nothing of the person herself."""
    old, new = (values_of(one.core, one.nationalities) for one in (before, after))
    values: dict[str, Any] = {}
    edits: dict[str, tuple[Edit, ...]] = {}
    for name in FIELDS:
        if old[name] == new[name]:
            continue
        found = edits_between(old[name], new[name]) if name in LISTS else None
        if found is None:
            values[name] = new[name]
        else:
            edits[name] = found
    verified = {name: new[name] for name in verifies}
    if not (values or edits or verified):
        return None
    return Contribution(Kind.CORRECTION, values, edits, verified, provenance)


def edits_between(old: Sequence[Any], new: Sequence[Any]) -> tuple[Edit, ...] | None:
    """Return the edits that make one list of another; None when the order alone tells them apart."""
    gone = [item for item in old if item not in new]
    come = [item for item in new if item not in old]
    edits = []
    for item in gone:
        heir = next((one for one in come if _place_of(one) == _place_of(item)), None)
        if heir is not None:
            come.remove(heir)
        edits.append(Edit(item, heir))
    edits += [Edit(None, item) for item in come]
    return tuple(edits) if edited(old, edits) == tuple(new) else None


def edited(items: Sequence[Any], edits: Sequence[Edit]) -> tuple[Any, ...]:
    """Return a list after edits; what should go and is not there is no matter."""
    made = list(items)
    for edit in edits:
        if edit.out in made:
            place = made.index(edit.out)
            made[place : place + 1] = [] if edit.into is None or edit.into in made else [edit.into]
        elif edit.into is not None and edit.into not in made:
            made.append(edit.into)
    return in_order(made)


def in_order(items: Sequence[Any]) -> tuple[Any, ...]:
    """Return items in the order they are known in: nationalities by code and first day, others as they stand."""
    if items and isinstance(items[0], Nationality):
        return tuple(sorted(items, key=lambda row: (row.code, row.valid.start or date.min)))
    return tuple(items)


def _place_of(item: Any) -> object:
    """Return what tells whether one item stands for another, corrected."""
    match item:
        case Contact():
            return item.id
        case Nationality():
            return item.code
        case Name():
            return item.kind, item.script
    return item


def identity_of(item: Any) -> object:
    """Return what makes two items of two intakes one and the same."""
    match item:
        case Contact():
            return item.address
        case Nationality():
            return item.code, item.valid
    return item
