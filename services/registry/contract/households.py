"""Shapes of households and of who belongs to them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, LongText, StrictModel
from services.registry.contract.links import BarrierBody
from services.registry.contract.parts import AddressShape
from services.registry.domain.persons import Role

MOST_AT_ONCE = 20
PersonIds = Annotated[list[UUID], Field(max_length=MOST_AT_ONCE)]


class NewMember(StrictModel):
    """Who joins a household, and as whom."""

    person_id: UUID
    role: Role
    valid_from: CivilDate | None = Field(default=None, description="Her first day; today when left out")
    valid_to: CivilDate | None = Field(default=None, description="Her last day; left out while she is there")


class JoiningMember(NewMember):
    """Who joins a household that there is."""

    moving: bool = Field(default=False, description="Whether she leaves the households she belongs to on that day")


class NewHousehold(StrictModel):
    """A household to found."""

    members: Annotated[list[NewMember], Field(min_length=1, max_length=MOST_AT_ONCE)] = Field(
        description="Its first members; at most one is the head"
    )
    moving: bool = Field(default=False, description="Whether they leave the households they belong to on that day")


class MemberPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396) of somebody's last membership: members left out stay, null opens a day."""

    role: Role | None = None
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="Her last day; null while she is there")


class MemberBody(StrictModel):
    """Who belongs to a household; `valid_to` is her last day."""

    person_id: UUID
    role: Role
    valid_from: CivilDate | None
    valid_to: CivilDate | None


class MemberList(StrictModel):
    """Members of a household, head first. Who is withheld from the caller is not among them."""

    items: list[MemberBody]
    next: None = None


class HouseholdRecord(StrictModel):
    """A household. Its members have a list of their own."""

    id: UUID
    version: int = Field(description="Raised by what happens in it; the ETag names it")
    created_at: datetime
    dissolved_on: CivilDate | None = Field(description="Its last day")
    dissolution: str | None = Field(description="Why it ended, as given")


class MembershipEnd(StrictModel):
    """That somebody leaves a household."""

    on: CivilDate = Field(description="Her last day there")


class Dissolution(StrictModel):
    """That a household ends."""

    on: CivilDate = Field(description="Its last day; belonging to it ends with it")
    reason: LongText | None = None


class NewSplit(StrictModel):
    """Who leaves a household together, and how."""

    leaving: Annotated[list[UUID], Field(min_length=1, max_length=MOST_AT_ONCE)] = Field(
        description="Members who leave and become a household of their own"
    )
    protected: bool = Field(
        description="Whether the head they leave must not see them from then on: nor whoever acts for him"
    )
    protected_from: PersonIds = Field(default=[], description="From whom else they are to be protected")
    head: UUID | None = Field(default=None, description="Who leads the new household; else the first adult of them")
    on: CivilDate | None = Field(default=None, description="Their first day in it; today when left out")
    reason: LongText | None = Field(default=None, description="Kept with the barriers, for their team alone")
    address: AddressShape | None = Field(
        default=None, description="Where they go; left out, those who leave for protection have no address from then on"
    )


class SplitBody(StrictModel):
    """What a split has made."""

    household: HouseholdRecord
    members: list[MemberBody]
    former_household_id: UUID
    barriers: list[BarrierBody] = Field(description="Those of the caller's team that stand around who left")
