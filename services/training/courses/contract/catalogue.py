"""Institutions, programmes and sessions on the wire."""

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import ConfigDict, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from services.kit.fields import CivilDate, Code, StrictModel, Text
from services.training.courses.contract.fields import Hours, Language, ListPage, Region, Unit
from services.training.courses.domain.catalogue import InstitutionKind, Level, Mode, SessionState

Languages = Annotated[list[Language], Field(min_length=1, max_length=10, examples=[["fr", "ar"]])]
Capacity = Annotated[int, Field(strict=True, ge=1, le=10_000, description="Seats", examples=[20])]


class InstitutionRequest(StrictModel):
    """An institution to publish."""

    name: Text = Field(examples=["CFA Entraide nationale, Akkari"])
    kind: InstitutionKind = InstitutionKind.OTHER
    region: Region
    unit: Unit
    commune: Text | None = None
    accessible: bool = Field(default=False, strict=True, description="Whether a wheelchair gets everywhere")
    childcare: bool = Field(default=False, strict=True, description="Whether children are looked after during lessons")


class InstitutionPatch(StrictModel):
    """Changes to an institution (JSON Merge Patch); what is not named stays."""

    name: Text | None = None
    kind: InstitutionKind | None = None
    region: Region | None = None
    unit: Unit | None = None
    commune: Text | None = None
    accessible: bool | None = Field(default=None, strict=True)
    childcare: bool | None = Field(default=None, strict=True)


class Institution(InstitutionRequest):
    """A published institution."""

    id: UUID
    version: int
    created_at: datetime


class InstitutionPage(ListPage):
    """A page of institutions."""

    items: list[Institution]


class ProgrammeRequest(StrictModel):
    """A programme to publish."""

    institution_id: UUID
    name: Text = Field(examples=["Couture"])
    level: Level
    mode: Mode = Mode.RESIDENTIAL
    languages: Languages = Field(default=["fr"])
    sector: Code | None = Field(default=None, description="Trade; ARTISANAT is crafts", examples=["ARTISANAT"])
    hours: Hours | None = Field(default=None, description="Length in hours; needed for apprenticeships")
    enterprise_hours: Hours | None = Field(default=None, description="Of these, in an enterprise (law 12-00: 80 %)")
    centre_hours: Hours | None = Field(default=None, description="Of these, in a centre (law 12-00: 10 %)")
    admission_rule: Code | None = Field(
        default=None,
        description="LEVEL, APPRENTICESHIP or ASSOCIATION_COURSE; without it, the one of the mode",
        examples=["LEVEL"],
    )


class ProgrammePatch(StrictModel):
    """Changes to a programme (JSON Merge Patch); what is not named stays."""

    name: Text | None = None
    level: Level | None = None
    mode: Mode | None = None
    languages: Languages | None = None
    sector: Code | None = None
    hours: Hours | None = None
    enterprise_hours: Hours | None = None
    centre_hours: Hours | None = None
    admission_rule: Code | None = None


class Programme(ProgrammeRequest):
    """A published programme."""

    id: UUID
    version: int
    created_at: datetime


class ProgrammePage(ListPage):
    """A page of programmes."""

    items: list[Programme]


class SessionTerms(StrictModel):
    """When and where a session is held, for how many."""

    starts_on: CivilDate = Field(examples=["2027-09-15"])
    ends_on: CivilDate = Field(description="Last day, included", examples=["2028-06-30"])
    capacity: Capacity
    region: Region | None = Field(default=None, description="Without it, where the institution is")
    unit: Unit | None = Field(default=None, validate_default=True)
    site: Text | None = None
    state: SessionState = SessionState.OPEN

    @field_validator("ends_on")
    @classmethod
    def _after_the_start(cls, ends_on: date, info: ValidationInfo) -> date:
        starts_on = info.data.get("starts_on")
        if starts_on is not None and ends_on < starts_on:
            raise PydanticCustomError("dates_reversed", "Give a last day that is not before the first")
        return ends_on

    @field_validator("unit")
    @classmethod
    def _with_its_region(cls, unit: str | None, info: ValidationInfo) -> str | None:
        if (unit is None) is not (info.data.get("region") is None):
            raise PydanticCustomError("place_incomplete", "Give region and unit together, or neither")
        return unit


class SessionRequest(SessionTerms):
    """A session to publish."""

    programme_id: UUID


class SessionPatch(StrictModel):
    """Changes to a session (JSON Merge Patch); what is not named stays. A cancelled session stays cancelled."""

    starts_on: CivilDate | None = None
    ends_on: CivilDate | None = None
    capacity: Capacity | None = None
    region: Region | None = None
    unit: Unit | None = None
    site: Text | None = None
    state: SessionState | None = None


class Session(SessionRequest):
    """A published session with its seats."""

    id: UUID
    version: int
    created_at: datetime
    region: Region
    unit: Unit
    seats_taken: int
    seats_left: int


class SessionPage(ListPage):
    """A page of sessions, by first day."""

    items: list[Session]


class Rule(StrictModel):
    """One dated row of the admission rules."""

    model_config = ConfigDict(populate_by_name=True)

    code: str = Field(examples=["LEVEL_T_AGE_MAX"])
    value: str | int | list[str] = Field(examples=[30])
    from_: date | None = Field(alias="from", description="First day in force; null is open")
    to: date | None = Field(description="Last day in force, included; null is open")
    certainty: str = Field(description="verified, derived, memory or design", examples=["verified"])
    source: str = Field(examples=["S69"])


class RuleList(StrictModel):
    """Every row of the admission rules, past ones too."""

    rule_set: str = Field(description="Fingerprint of these rows; each admission names the one it was decided under")
    items: list[Rule]
    next: None = None
