"""Papers as they are shown, and as the JSON that a merge patch is laid over; without their ids."""

from typing import Any

from services.kit.periods import Period
from services.registry.domain.papers import Address, Identifier, LegalStatus, Permit
from services.registry.domain.persons import Nationality


def days(valid: Period) -> dict[str, Any]:
    """Return a valid period as it is shown."""
    return {"valid_from": valid.start, "valid_to": valid.end}


def identifier(one: Identifier) -> dict[str, Any]:
    """Return an identifier."""
    dates = {"issued_on": one.issued_on, "expires_on": one.expires_on}
    return {"system": one.system, "value": one.value, "issuer": one.issuer, **dates}


def declared_permit(one: Permit) -> dict[str, Any]:
    """Return what is declared of a residence title."""
    return {"type": one.type, "number": one.number, "mention": one.mention, **days(one.valid)}


def permit(one: Permit) -> dict[str, Any]:
    """Return a residence title."""
    known = {"stands_for_permit": one.stands_for_permit, "end_reason": one.end_reason}
    return {**declared_permit(one), **known}


def legal_status(one: LegalStatus) -> dict[str, Any]:
    """Return a legal status."""
    return {"code": one.code, **days(one.valid)}


def address(one: Address) -> dict[str, Any]:
    """Return an address."""
    place = {"region": one.region, "unit": one.unit, "scheme": one.scheme}
    return {**place, "commune": one.commune, "line": one.line, **days(one.valid)}


def nationality(one: Nationality) -> dict[str, Any]:
    """Return a nationality."""
    return {"code": one.code, **days(one.valid), "confirmed": one.confirmed}
