"""Shapes of facts and of the change feed."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.kit.fields import StrictModel
from services.kit.periods import Precision


class BirthFacts(StrictModel):
    """The days on which the person may have been born."""

    earliest: date | None
    latest: date | None
    precision: Precision


class StatusFacts(StrictModel):
    """A legal status; `valid_to` is its last day."""

    code: str
    valid_from: date | None
    valid_to: date | None


class PermitFacts(StrictModel):
    """A residence title; `valid_to` is its last day."""

    type: str
    valid_from: date | None
    valid_to: date | None
    stands_for_permit: bool


class ResidenceFacts(StrictModel):
    """Where the person lives."""

    region: str | None
    unit: str | None
    since: date | None


class IdentifierFacts(StrictModel):
    """The keyed hash of an identifier; the programme number's system is PROGRAMME."""

    system: str
    hash: str


class HouseholdFacts(StrictModel):
    """The household the person lives in."""

    id: UUID
    role: str


class Facts(StrictModel):
    """What health and training decide on, cut to the purpose of the caller's token."""

    person_id: UUID
    version: int
    recorded_at: datetime
    birth: BirthFacts
    legal_statuses: list[StatusFacts]
    permits: list[PermitFacts]
    residence: ResidenceFacts | None
    identifiers: list[IdentifierFacts] = Field(description="For HEALTH_COVERAGE; else empty")
    school_level: str | None = Field(description="For TRAINING; else null")
    household: HouseholdFacts | None
    deceased_on: date | None


class ChangeBody(StrictModel):
    """One change of one person."""

    cursor: str = Field(description="Where to go on reading after this change")
    id: int
    at: datetime
    kind: str = Field(examples=["person.registered", "person.updated"])
    person_id: UUID
    version: int
    facts: Facts | None = Field(default=None, description="For callers with the scope facts:read alone")
    organisation: str | None = Field(default=None, description="Whose person; for the gateway itself alone")


class ChangePage(StrictModel):
    """Changes, oldest first."""

    items: list[ChangeBody]
    next: str = Field(description="Cursor to ask for the changes after these")
    caught_up: bool = Field(description="Whether these are all there are for now")
