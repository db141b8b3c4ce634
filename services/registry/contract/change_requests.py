"""Shapes of changes that wait for a second pair of eyes."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field

from services.kit.fields import LongText, StrictModel
from services.registry.contract.parts import MOST_SHORT, NewIdentifier
from services.registry.contract.persons import PersonPatch, WriteMeta
from services.registry.contract.rights import Documents
from services.registry.domain.change_requests import ChangeRequestState


class IdentifierChanges(StrictModel):
    """Identifiers to add, and others to take back."""

    add: Annotated[list[NewIdentifier], Field(max_length=MOST_SHORT)] = Field(default=[])
    retract: Annotated[list[UUID], Field(max_length=MOST_SHORT)] = Field(
        default=[], description="Ids of identifiers, as their list shows them"
    )


class NewChangeRequest(PersonPatch):
    """A JSON Merge Patch of a person that a second person has to approve, and changes of her identifiers."""

    identifiers: IdentifierChanges | None = None
    reason: LongText = Field(description="Why, for whoever approves")
    documents: Documents = Field(default=[], description="Ids of her documents that show it")


class ChangeDecision(StrictModel):
    """What there is to say about a decision."""

    reason: LongText | None = None


class ChangeRejection(StrictModel):
    """Why a change is refused."""

    reason: LongText


class ProposedChange(StrictModel):
    """What a request would make of one field."""

    field: str
    before: Any = Field(description="What it said when the change was asked for")
    after: Any
    conflict: bool = Field(description="Whether it says something else by now")


class DeciderBody(StrictModel):
    """Who did something."""

    subject: str
    organisation: str


class ChangeRequestBody(StrictModel):
    """A change that somebody asked for, and what became of it."""

    id: UUID
    person_id: UUID
    state: ChangeRequestState = Field(
        description="`conflicted`: a field has changed since, ask anew; `expired`: nobody decided in time"
    )
    changes: list[ProposedChange]
    reason: str
    documents: list[UUID]
    base_version: int = Field(description="The person's version that it was made from")
    proposed_by: DeciderBody
    proposed_at: datetime
    expires_at: datetime
    decided_by: DeciderBody | None
    decided_at: datetime | None
    decision_reason: str | None
    applied_version: int | None = Field(description="The person's version that it became")
    meta: WriteMeta | None = Field(default=None, description="In answers to writes")


class ChangeRequestPage(StrictModel):
    """Requests, newest first."""

    items: list[ChangeRequestBody]
    next: str | None
