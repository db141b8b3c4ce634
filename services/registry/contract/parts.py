"""Shapes of the parts of a person: names, birth, contacts, papers, statuses, addresses."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, Code, Day, Month, StrictModel, Text, Year
from services.kit.periods import Precision
from services.registry.domain.contacts import ContactKind
from services.registry.domain.names import NameKind, Script
from services.registry.domain.persons import Role
from services.registry.domain.provenance import Evidence

MOST_NAMES, MOST_PAPERS, MOST_SHORT = 20, 50, 20

ListCode = Annotated[str, Field(strict=True, min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_.+-]+$")]
"""A code of one of the lists at /v1/reference."""


Scheme = Literal["MA-2015", "MA-1997"]
"""The map of regions in force, and the one before it."""


class NameShape(StrictModel):
    """One name, in one script. At least one of family, given and as_written."""

    kind: NameKind = Field(default=NameKind.LEGAL, description="What the name is to its bearer")
    family: Text | None = Field(default=None, description="Family name", examples=["Diallo"])
    given: Text | None = Field(default=None, description="Given names", examples=["Mamadou Aliou"])
    as_written: Text | None = Field(
        default=None, description="The name as the paper prints it, when its parts or their order are not known"
    )
    script: Script | None = Field(default=None, description="ISO 15924; told by the letters when left out")
    order_known: bool = Field(default=True, description="False when family and given may be the other way round")


class BirthShape(StrictModel):
    """A date of birth, as exactly as it is known. Missing parts stay missing."""

    year: Year | None = Field(default=None, examples=[1990])
    month: Month | None = None
    day: Day | None = None
    precision: Precision | None = Field(default=None, description="Told by the parts when left out")
    circa_plus_minus: Annotated[int, Field(strict=True, ge=0, le=15)] | None = Field(
        default=None, description="Years on either side, with precision circa"
    )
    declared_as: Text | None = Field(default=None, description="As the paper has it", examples=["né vers 1990"])
    source: Evidence | None = Field(default=None, description="What it was read in")


class BirthBody(BirthShape):
    """A date of birth with the days that it can be."""

    precision: Precision
    earliest: CivilDate | None
    latest: CivilDate | None
    suspect_default: bool = Field(description="A full date of 1 January or 31 December: often a stand-in")


class ContactShape(StrictModel):
    """A way to reach the person."""

    kind: ContactKind
    value: Text = Field(examples=["0651303462"])
    safe_to_call: bool | None = Field(default=None, description="Null: nobody asked")
    safe_to_text: bool | None = Field(default=None, description="Null: nobody asked")
    safe_hours: Text | None = Field(
        default=None,
        description="When it may be used, kept as `Mo-Fr 14:00-17:00, Sa 09:00-12:00`; French days and `14h` are read",
        examples=["14:00-17:00"],
    )
    language: ListCode | None = Field(default=None, description="What to speak on it", examples=["wo"])
    code_word: Text | None = Field(default=None, description="What the caller says first, so that she knows who it is")


class ContactBody(ContactShape):
    """A way to reach the person, with the number in E.164 when it can be read."""

    id: UUID = Field(description="Of the contact; the same while it reaches the same")
    normalised: str | None


class NewIdentifier(StrictModel):
    """A number that a paper or a register gave to the person."""

    system: Code = Field(description="Code of /v1/reference/identifier-systems", examples=["PASSPORT"])
    value: Text = Field(description="As written; unusual forms are taken with a warning", examples=["A1234567"])
    issuer: Text | None = Field(default=None, examples=["SEN"])
    issued_on: CivilDate | None = None
    expires_on: CivilDate | None = None


class IdentifierBody(NewIdentifier):
    """An identifier as stored."""

    id: UUID


class NewPermit(StrictModel):
    """A residence title, or the receipt that stands for one."""

    type: Code = Field(description="Code of /v1/reference/permit-types", examples=["REG3"])
    number: Text | None = Field(default=None, examples=["C350356A"])
    mention: Code | None = Field(default=None, description="What a CI was given for", examples=["ETUDIANT"])
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="The last day")


class PermitBody(NewPermit):
    """A residence title as stored."""

    id: UUID
    stands_for_permit: bool = Field(description="Whether it is a receipt that stands for a title")
    end_reason: str | None = Field(
        description="Why it ended before its time: WITHDRAWN, or DECIDED for a receipt whose request was decided"
    )


class NewLegalStatus(StrictModel):
    """A legal status over a span of days."""

    code: Code = Field(description="Code of /v1/reference/legal-statuses", examples=["REGULARISED_2017"])
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="The last day; null while it holds")


class LegalStatusBody(NewLegalStatus):
    """A legal status as stored."""

    id: UUID


class AddressShape(StrictModel):
    """Where the person lives, as far as is known; a unit says its region."""

    region: ListCode | None = Field(default=None, description="`06` or `MA-06`", examples=["06"])
    unit: ListCode | None = Field(default=None, description="ISO 3166-2 or HCP code", examples=["MA-CAS"])
    commune: Text | None = Field(default=None, examples=["Casablanca"])
    line: Text | None = None
    scheme: Scheme | None = Field(
        default=None,
        description="The map that region and unit are codes of; today's when left out. Before 2015 codes named other"
        " regions: codes of an address that ended before 4 September 2015 say which map they are of",
    )


class NewAddress(AddressShape):
    """An address to add; the one before ends the day before it starts."""

    valid_from: CivilDate | None = Field(default=None, description="Today when left out")
    valid_to: CivilDate | None = None


class AddressBody(AddressShape):
    """An address as stored."""

    id: UUID
    scheme: Scheme
    valid_from: CivilDate | None
    valid_to: CivilDate | None


class HouseholdBody(StrictModel):
    """The household a person lives in."""

    id: UUID
    role: Role
