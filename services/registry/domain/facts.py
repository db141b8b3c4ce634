"""The facts of a person: what health and training decide on. Never a name, never a contact.

The shape is the registry's contract with them (design, house.md section 2). Which facts a caller sees depends on the
purpose of its token.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from services.kit.periods import Period
from services.registry.domain.papers import Address
from services.registry.domain.persons import Membership, Person
from services.registry.domain.relationships import Link

PROGRAMME = "PROGRAMME"
Hash = Callable[[str, str], str]
"""Returns the keyed hash of an identifier from its system and value."""

_KEPT_FOR = {"identifiers": "HEALTH_COVERAGE", "school_level": "TRAINING"}
_NOTHING: Mapping[str, Any] = {"identifiers": [], "school_level": None}


def facts_of(person: Person, *, hash_identifier: Hash, on: date) -> dict[str, Any]:
    """Return every fact of a person, ready for JSON.

    Args:
        person: Live rows.
        hash_identifier: Keyed hash; the programme number is hashed as system PROGRAMME.
        on: Civil date on which residence and household are read.
    """
    birth = person.core.birth
    residence = current_address(person.addresses, on)
    household = current_membership(person.memberships, on)
    numbers = [(identifier.system, identifier.value_norm) for identifier in person.identifiers]
    deceased_on = person.core.deceased_on
    family: dict[str, Any] = {"links": [_link(link) for link in person.links]} if person.links else {}
    if person.withheld:
        family["withheld"] = person.withheld.to_json()
    return {
        "person_id": str(person.id),
        "version": person.version,
        "recorded_at": person.recorded_at.isoformat(),
        "birth": {"earliest": _day(birth.earliest), "latest": _day(birth.latest), "precision": birth.precision.value},
        "legal_statuses": [{"code": status.code, **_period(status.valid)} for status in person.legal_statuses],
        "permits": [
            {"type": permit.type, **_period(permit.valid), "stands_for_permit": permit.stands_for_permit}
            for permit in person.permits
        ],
        "residence": residence
        and {"region": residence.region, "unit": residence.unit, "since": _day(residence.valid.start)},
        "identifiers": [
            {"system": system, "hash": hash_identifier(system, value)}
            for system, value in (*numbers, (PROGRAMME, person.programme_number))
        ],
        "school_level": person.core.school_level,
        "household": household and {"id": str(household.household_id), "role": household.role.value},
        "deceased_on": _day(deceased_on),
        **family,  # left out while there is none: an import of a million has neither
    }


def facts_for(purpose: str | None, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Cut facts to what a purpose needs; the rest stays in place, empty.

    Hashes of identifiers are for HEALTH_COVERAGE, the school level is for TRAINING. Source: law 09-08 art. 3
    (data no wider than the purpose); plan of the facts (design).
    """
    return {name: value if _KEPT_FOR.get(name, purpose) == purpose else _NOTHING[name] for name, value in facts.items()}


def current_address(addresses: Sequence[Address], on: date) -> Address | None:
    """Return the address that holds on a day; no two do."""
    return next((address for address in addresses if address.valid.contains(on)), None)


def current_membership(memberships: Sequence[Membership], on: date) -> Membership | None:
    """Return the household of a day; of several, the first."""
    return next((member for member in memberships if member.valid.contains(on)), None)


def _link(link: Link) -> dict[str, Any]:
    shown = {"kind": link.kind.value, "person_id": str(link.person_id), **_period(link.valid)}
    return shown if link.share is None else {**shown, "share": link.share}


def _period(valid: Period) -> dict[str, str | None]:
    return {"valid_from": _day(valid.start), "valid_to": _day(valid.end)}


def _day(day: date | None) -> str | None:
    return day.isoformat() if day else None
