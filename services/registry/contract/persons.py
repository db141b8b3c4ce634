"""Shapes of a person: sent, amended, shown, searched."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, Code, StrictModel, Text, Year
from services.registry.contract.parts import (
    MOST_NAMES,
    MOST_PAPERS,
    MOST_SHORT,
    AddressBody,
    AddressShape,
    BirthBody,
    BirthShape,
    ContactBody,
    ContactShape,
    HouseholdBody,
    IdentifierBody,
    LegalStatusBody,
    ListCode,
    NameShape,
    NewIdentifier,
    NewLegalStatus,
    NewPermit,
    PermitBody,
)
from services.registry.contract.provenance import ProvenanceShape
from services.registry.domain.persons import Sex

Names = Annotated[list[NameShape], Field(min_length=1, max_length=MOST_NAMES)]
CountryNames = Annotated[list[Text], Field(max_length=10)]
Languages = Annotated[list[ListCode], Field(max_length=MOST_SHORT)]
Contacts = Annotated[list[ContactShape], Field(max_length=MOST_SHORT)]
Confirmed = Annotated[
    bool,
    Field(
        strict=True,
        description="Whether nationalities that are easily confused (/v1/reference/confusable-nationalities) are meant"
        " as they are written; without it they are stored unconfirmed, with a warning",
    ),
]


class Amendable(StrictModel):
    """What PATCH can change of a person."""

    names: Names = Field(description="One or more; one part of one name is enough")
    sex: Sex = Sex.UNKNOWN
    birth: BirthShape | None = None
    birth_place: Text | None = Field(default=None, examples=["Kankan"])
    nationalities: CountryNames = Field(
        default=[],
        description="ISO 3166-1 alpha-3 or ICAO codes; a country's French name is read too, an adjective never",
        examples=[["SEN"]],
    )
    mother_name: Text | None = None
    father_name: Text | None = None
    languages: Languages = Field(default=[], examples=[["fr", "wo"]])
    school_level: ListCode | None = Field(default=None, examples=["COLLEGE_3"])
    contacts: Contacts = Field(default=[])
    deceased_on: CivilDate | None = None
    nationalities_confirmed: Confirmed = False
    provenance: ProvenanceShape | None = None


class NewPerson(Amendable):
    """A person to register. Only one name is needed; whatever is not known is left out."""

    address: AddressShape | None = None
    identifiers: Annotated[list[NewIdentifier], Field(max_length=MOST_SHORT)] = Field(default=[])
    legal_status: NewLegalStatus | None = None
    permits: Annotated[list[NewPermit], Field(max_length=MOST_PAPERS)] = Field(default=[])


class PersonPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396) of a person: members left out stay, null removes, lists are replaced whole.

    Papers, statuses and addresses have routes of their own.
    """

    names: Names | None = None
    sex: Sex | None = None
    birth: BirthShape | None = None
    birth_place: Text | None = None
    nationalities: CountryNames | None = None
    mother_name: Text | None = None
    father_name: Text | None = None
    languages: Languages | None = None
    school_level: ListCode | None = None
    contacts: Contacts | None = None
    deceased_on: CivilDate | None = None
    nationalities_confirmed: Confirmed = False
    provenance: ProvenanceShape | None = None


class Warning_(StrictModel):  # noqa: N801  # `Warning` is Python's own
    """Something odd that was stored as it is."""

    pointer: str = Field(description="JSON Pointer into the body that was sent")
    code: str
    detail: str = Field(description="What to check")


class WriteMeta(StrictModel):
    """What there is to say about a write."""

    warnings: list[Warning_] = Field(default=[])


class PersonBody(StrictModel):
    """A person as she is known."""

    id: UUID
    programme_number: str = Field(description="MIG-YYYY-NNNNNN-C; C is an ISO 7064 MOD 37,36 check character")
    version: int = Field(description="Raised by every write; the ETag names it")
    recorded_at: datetime = Field(description="When this version became known")
    created_at: datetime
    names: list[NameShape]
    sex: Sex
    birth: BirthBody
    birth_place: str | None
    nationalities: list[str]
    mother_name: str | None
    father_name: str | None
    languages: list[str]
    school_level: str | None
    contacts: list[ContactBody]
    address: AddressBody | None = Field(description="Where she lives today, or on the day of `as_of`")
    identifiers: list[IdentifierBody]
    permits: list[PermitBody]
    legal_statuses: list[LegalStatusBody]
    household: HouseholdBody | None
    deceased_on: CivilDate | None
    meta: WriteMeta | None = Field(default=None, description="In answers to writes")


class IdentifierQuery(StrictModel):
    """A number in the system that gave it."""

    system: Code = Field(examples=["PASSPORT"])
    value: Text


class SearchQuery(StrictModel):
    """Whom to search: an identifier or programme number, or a name or telephone number with one more criterion."""

    name: Text | None = Field(
        default=None, description="In any spelling, order and script", examples=["Mamadou Diallo"]
    )
    birth_year: Year | None = None
    birth_year_margin: Annotated[int, Field(strict=True, ge=0, le=5)] | None = Field(
        default=None, description="Years on either side that `birth_year` may be off"
    )
    nationality: Text | None = Field(default=None, examples=["GIN"])
    phone: Text | None = None
    identifier: Text | IdentifierQuery | None = Field(
        default=None, description="A number, alone or with its system", examples=["A1234567"]
    )
    programme_number: Text | None = Field(default=None, examples=["MIG-2026-000001-U"])
    region: ListCode | None = None
    limit: Annotated[int, Field(strict=True, ge=1, le=50)] = 20


class SearchHit(StrictModel):
    """A person who fits."""

    person_id: UUID
    score: float = Field(ge=0, le=1, description="How well she fits; 1 for an exact number. No probability")
    matched: list[str] = Field(description="The criteria that agree")
    programme_number: str
    names: list[NameShape]
    sex: Sex
    birth: BirthBody
    nationalities: list[str]
    region: str | None


class SearchResult(StrictModel):
    """Persons who fit, best first; there is no next page: add a criterion instead."""

    items: list[SearchHit]
    next: None = None
