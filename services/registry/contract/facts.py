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


class LinkFacts(StrictModel):
    """What another person is to her; `valid_to` is the last day."""

    kind: str = Field(examples=["PARENT", "CHILD", "SPOUSE", "GUARDIAN", "CUSTODIAN"])
    person_id: UUID
    valid_from: date | None
    valid_to: date | None
    share: int | None = Field(default=None, description="Of custody, in percent")


class ClosedFacts(StrictModel):
    """A kind of caller that she is closed to: every member that is not null must be the caller's."""

    organisation: str | None = None
    subject: str | None = None
    purposes: list[str] | None = None


class WithheldFacts(StrictModel):
    """Who is kept from her, and whom she may ask about; see `services/kit/withholding.py`."""

    persons: list[UUID] = Field(default=[], description="Those she is protected from")
    callers: list[ClosedFacts] = Field(default=[], description="Callers she is closed to")
    sees: list[UUID] = Field(default=[], description="Those whom a program that acts for her may see")


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
    links: list[LinkFacts] = Field(default=[])
    withheld: WithheldFacts = Field(default=WithheldFacts())


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
    withheld: WithheldFacts | None = Field(default=None, description="Who is kept from her; for the gateway alone")


class ChangePage(StrictModel):
    """Changes, oldest first."""

    items: list[ChangeBody]
    next: str = Field(description="Cursor to ask for the changes after these")
    caught_up: bool = Field(description="Whether these are all there are for now")
