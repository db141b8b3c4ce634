"""Shapes of the nationalities of a person over time."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, StrictModel, Text
from services.registry.contract.persons import WriteMeta
from services.registry.contract.provenance import ProvenanceShape

Meant = Annotated[
    bool,
    Field(
        strict=True,
        description="Whether a nationality that is easily confused (/v1/reference/confusable-nationalities) is meant as"
        " it is written; without it, it is stored unconfirmed, with a warning",
    ),
]


class NewNationality(StrictModel):
    """A nationality to add."""

    code: Text = Field(
        description="ISO 3166-1 alpha-3 or ICAO code; a country's French name is read too, an adjective never",
        examples=["NGA"],
    )
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="The last day; null while she has it")
    confirmed: Meant = False
    provenance: ProvenanceShape | None = None


class NationalityPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396) of a nationality: members left out stay, null removes."""

    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = None
    confirmed: Annotated[bool, Field(strict=True)] | None = None
    provenance: ProvenanceShape | None = None


class NationalityBody(StrictModel):
    """A nationality as stored."""

    id: UUID
    code: str
    valid_from: CivilDate | None
    valid_to: CivilDate | None
    confirmed: bool = Field(description="False: easily taken for another, and nobody has confirmed it")
    meta: WriteMeta | None = Field(default=None, description="In answers to writes")


class NationalityList(StrictModel):
    """A person's nationalities, oldest first."""

    items: list[NationalityBody]
    next: None = None
