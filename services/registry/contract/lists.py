"""Shapes of the lists under a person, and of the reference lists."""

from typing import Any

from services.kit.fields import StrictModel
from services.registry.contract.parts import AddressBody, IdentifierBody, LegalStatusBody, PermitBody


class IdentifierList(StrictModel):
    """A person's identifiers."""

    items: list[IdentifierBody]
    next: None = None


class PermitList(StrictModel):
    """A person's residence titles."""

    items: list[PermitBody]
    next: None = None


class LegalStatusList(StrictModel):
    """A person's legal statuses."""

    items: list[LegalStatusBody]
    next: None = None


class AddressList(StrictModel):
    """A person's addresses."""

    items: list[AddressBody]
    next: None = None


class ReferenceList(StrictModel):
    """Dated rows of a reference list: each with `certainty` (verified, derived, memory, design) and `source`."""

    items: list[dict[str, Any]]
    next: None = None
