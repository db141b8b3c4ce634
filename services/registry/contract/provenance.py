"""Shapes of where values come from, and of what verifies them."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, StrictModel, Text
from services.registry.domain.contributions import FIELDS
from services.registry.domain.provenance import Evidence, Method

FieldName = StrEnum("FieldName", {name.upper(): name for name in FIELDS})  # type: ignore[misc]  # the fields there are


class ProvenanceShape(StrictModel):
    """Where what is sent comes from."""

    source: Evidence | None = Field(default=None, description="What it was read in")
    method: Method | None = Field(default=None, description="How it was read")
    verified_by: Text | None = Field(default=None, description="The officer or office that held it against its source")
    verified_on: CivilDate | None = Field(default=None, description="When; needed with `verified_by`")


class Verification(StrictModel):
    """Fields that were held against their source and found right."""

    version: int = Field(strict=True, ge=1, description="The version whose values were verified")
    fields: Annotated[list[FieldName], Field(min_length=1, max_length=len(FIELDS))] = Field(examples=[["birth"]])
    source: Evidence = Field(description="What they were held against", examples=["PASSPORT"])
    method: Method = Field(description="How", examples=["ORIGINAL_SEEN"])
    verified_on: CivilDate
    verified_by: Text | None = Field(default=None, description="The caller when left out")


class GivenWay(StrictModel):
    """An intake that says otherwise, and gave way."""

    record_id: UUID
    organisation: str
    operation: str
    at: datetime


class FieldOrigin(StrictModel):
    """Where the value of a field comes from."""

    field: FieldName
    record_id: UUID = Field(description="The source record that gave the value, or that changed it last")
    version: int = Field(description="The version that the record made")
    organisation: str
    operation: str
    at: datetime
    source: Evidence | None
    method: Method | None
    verified_by: str | None = Field(description="Null: nobody has held the value, as it now is, against its source")
    verified_on: CivilDate | None
    others: list[GivenWay] = Field(description="Intakes that say otherwise")


class ProvenanceBody(StrictModel):
    """Where each field of a person comes from."""

    person_id: UUID
    version: int
    fields: list[FieldOrigin]
