"""Enrolments on the wire, and the summary that the gateway's overview shows."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.kit.fields import StrictModel, Text
from services.training.courses.contract.fields import ListPage
from services.training.courses.domain.enrolments import State
from services.training.courses.domain.findings import Outcome


class EnrolmentRequest(StrictModel):
    """A seat for an admissible applicant."""

    application_id: UUID


class WithdrawalRequest(StrictModel):
    """Why a seat is given back."""

    reason: Text | None = Field(default=None, examples=["Found work"])


class Enrolment(StrictModel):
    """A seat taken, or one that was given back."""

    id: UUID
    application_id: UUID
    session_id: UUID
    person_id: UUID
    state: State
    starts_on: date
    ends_on: date = Field(description="Last day, included")
    version: int
    enrolled_at: datetime
    withdrawn_at: datetime | None
    withdrawal_reason: str | None


class EnrolmentPage(ListPage):
    """A page of enrolments, in the order they were made."""

    items: list[Enrolment]


class ApplicationSummary(StrictModel):
    """An application in short."""

    id: UUID
    session_id: UUID
    state: State
    status: Outcome
    created_at: datetime


class TrainingSummary(StrictModel):
    """What this area knows of a person, for her overview; newest first."""

    person_id: UUID
    applications: list[ApplicationSummary]
    enrolments: list[Enrolment]
