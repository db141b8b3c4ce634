"""Shapes of corrections: merge patches of papers, retractions, withdrawals."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, Code, StrictModel, Text
from services.registry.contract.parts import AddressShape, ListCode, Scheme


class IdentifierPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396) of an identifier: members left out stay, null removes."""

    system: Code | None = None
    value: Text | None = None
    issuer: Text | None = None
    issued_on: CivilDate | None = None
    expires_on: CivilDate | None = None


class PermitPatch(StrictModel):
    """A JSON Merge Patch of a residence title."""

    type: Code | None = None
    number: Text | None = None
    mention: Code | None = None
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="The last day; null when it is open")


class LegalStatusPatch(StrictModel):
    """A JSON Merge Patch of a legal status; a day in `valid_to` ends it."""

    code: Code | None = None
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="The last day; null while it holds")


class AddressPatch(StrictModel):
    """A JSON Merge Patch of an address; a day in `valid_to` ends it."""

    scheme: Scheme | None = None
    region: ListCode | None = None
    unit: ListCode | None = None
    commune: Text | None = None
    line: Text | None = None
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = None


class CorrectedAddress(AddressShape):
    """An address as a correction leaves it; the days that are left out stay open."""

    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = None


class Retraction(StrictModel):
    """Why something that was entered in error is taken back."""

    reason: Text = Field(description="What was wrong, for whoever reads the history", examples=["Another person's"])


class Retracted(StrictModel):
    """What was taken back; it stays readable by `known_at`."""

    id: UUID
    retracted_at: datetime = Field(description="From when on it is no longer held for true")


class Withdrawal(StrictModel):
    """A title that the authority takes away."""

    on: CivilDate = Field(description="The first day on which it no longer holds")
    reason: Text
