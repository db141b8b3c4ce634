"""Shapes of relationships, representatives and barriers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import Field

from services.kit.fields import CivilDate, LongText, StrictModel, Text
from services.registry.domain.relationships import Kind
from services.registry.domain.representatives import Capacity

Share = Annotated[int, Field(strict=True, ge=1, le=100)]


class NewRelationship(StrictModel):
    """What another person is to one."""

    kind: Kind = Field(description="What the other is: her child, her guardian, her custodian")
    person_id: UUID = Field(description="The other")
    share: Share | None = Field(default=None, description="Of custody, in percent; for custody alone")
    proven: bool = Field(default=False, description="Whether a paper was seen")
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="The last day; left out while it holds")


class RelationshipPatch(StrictModel):
    """A JSON Merge Patch (RFC 7396) of a relationship; who is linked and how is taken back instead."""

    share: Share | None = None
    proven: bool | None = None
    valid_from: CivilDate | None = None
    valid_to: CivilDate | None = Field(default=None, description="The last day; null while it holds")


class RelationshipBody(StrictModel):
    """What another person is to one; the other's list shows the same row from her side."""

    id: UUID
    kind: Kind
    person_id: UUID = Field(description="The other")
    share: int | None
    proven: bool
    valid_from: CivilDate | None
    valid_to: CivilDate | None


class RelationshipList(StrictModel):
    """A person's relationships. Who is withheld from the caller is not among the others."""

    items: list[RelationshipBody]
    next: None = None


class RelationshipRetraction(StrictModel):
    """Why a relationship was entered in error."""

    reason: LongText


class NewRepresentative(StrictModel):
    """Who acts for a person: a person of the register, or an organisation, or one account or client."""

    capacity: Capacity
    representative_id: UUID | None = Field(default=None, description="A person; then nothing of the other two")
    organisation: Text | None = Field(default=None, description="A partner, as a whole unless `subject` is named")
    subject: Text | None = Field(default=None, description="One account or client")
    valid_from: CivilDate | None = Field(default=None, description="The first day; today when left out")
    valid_to: CivilDate | None = Field(default=None, description="The last day; left out while it holds")


class RepresentativeBody(StrictModel):
    """Who acts for a person."""

    id: UUID
    capacity: Capacity
    representative_id: UUID | None
    organisation: str | None
    subject: str | None
    valid_from: CivilDate | None
    valid_to: CivilDate | None


class RepresentativeList(StrictModel):
    """Who acts for a person. Who is withheld from the caller is not among them."""

    items: list[RepresentativeBody]
    next: None = None


class RepresentationEnd(StrictModel):
    """That somebody ceases to act for a person."""

    on: CivilDate = Field(description="The last day")


class NewBarriers(StrictModel):
    """From whom a person is to be protected."""

    protected_from: Annotated[list[UUID], Field(min_length=1, max_length=20)]
    reason: LongText | None = Field(default=None, description="For the team that protects her alone")


class LiftProposalBody(StrictModel):
    """That a barrier be lifted."""

    reason: str
    proposed_by: str
    proposed_at: datetime


class NewLift(StrictModel):
    """Why a barrier should be lifted."""

    reason: LongText


class BarrierBody(StrictModel):
    """That a person is protected from another; shown to the team that placed it, and to nobody else."""

    id: UUID
    person_id: UUID = Field(description="Who is protected")
    protected_from: UUID = Field(description="From whom")
    since: datetime
    placed_by: str
    reason: str | None
    lift: LiftProposalBody | None = Field(description="That it be lifted, while a second person has to agree")
    lifted_at: datetime | None
    lifted_by: str | None


class BarrierList(StrictModel):
    """The barriers of the caller's team around a person, as long as they stand."""

    items: list[BarrierBody]
    next: None = None


class LiftConfirmation(StrictModel):
    """That a second person agrees to lift a barrier."""

    reason: LongText | None = Field(default=None, description="If there is more to say; kept with her record")
