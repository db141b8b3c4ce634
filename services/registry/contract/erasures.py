"""Wire models of erasure, legal holds and retention."""

from datetime import date, datetime
from typing import Literal
from uuid import UUID

from pydantic import Field

from services.kit.fields import StrictModel, Text
from services.registry.domain.erasures import ErasureReason, ErasureState, HoldReason, ProposalState


class ErasureRequest(StrictModel):
    """Why a person is to be erased; no free text, for it would outlive her."""

    reason: Literal[
        ErasureReason.SUBJECT_REQUEST,
        ErasureReason.CONSENT_WITHDRAWN,
        ErasureReason.ENTERED_IN_ERROR,
        ErasureReason.UNLAWFUL,
    ]


class ErasureBody(StrictModel):
    """An erasure as it stands; once it is `erased`, its tombstone."""

    id: UUID
    person_id: UUID = Field(description="Leads to nobody once the state is `erased`")
    reason: ErasureReason
    state: ErasureState
    proposed_at: datetime
    confirmed_at: datetime | None
    job_id: str | None = Field(description="`/v1/jobs/{id}` tells how far it is")
    erased_at: datetime | None
    erased: dict[str, int] | None = Field(description="Rows erased from the register, by table")


class ErasurePage(StrictModel):
    """Erasures, the newest first."""

    items: list[ErasureBody]
    next: str | None


class HoldRequest(StrictModel):
    """An order to keep a person's data."""

    reason: HoldReason
    reference: Text | None = Field(default=None, description="Number of the order, as the authority writes it")


class HoldBody(StrictModel):
    """A hold; while one stands, nothing of the person is erased."""

    id: UUID
    reason: HoldReason
    reference: str | None
    organisation: str
    placed_at: datetime
    lifted_at: datetime | None


class HoldPage(StrictModel):
    """A person's holds, the oldest first."""

    items: list[HoldBody]
    next: str | None


class DuePerson(StrictModel):
    """Somebody whose data have been kept for longer than their class is."""

    person_id: UUID
    last_contact_on: date
    held: bool = Field(description="Whether a legal hold keeps her data")


class DuePage(StrictModel):
    """Those who are due, by the rule in force today."""

    data_class: str
    months: int
    before: date
    items: list[DuePerson]
    next: str | None


class RetentionRequest(StrictModel):
    """Which class of data to look through."""

    data_class: Literal["REGISTRY"] = "REGISTRY"


class RetentionBody(StrictModel):
    """What was found to be due, and how far it is; how much, not whom: that is asked again when it is carried out."""

    id: UUID
    data_class: str
    months: int
    before: date = Field(description="What was last touched before this day")
    due: int = Field(description="Persons to erase")
    held: int = Field(description="Persons who would be, but for a legal hold")
    state: ProposalState
    proposed_at: datetime
    confirmed_at: datetime | None
    job_id: str | None = Field(description="`/v1/jobs/{id}` tells how far it is")


class RetentionPage(StrictModel):
    """Retention proposals, the newest first."""

    items: list[RetentionBody]
    next: str | None
