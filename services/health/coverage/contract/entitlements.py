"""Entitlements on the wire, and the summary that the gateway's overview shows."""

from datetime import date, datetime
from uuid import UUID

from pydantic import Field

from services.health.coverage.contract.determinations import DeterminationSummary
from services.health.coverage.contract.fields import Amount, CoveragePage
from services.health.coverage.domain.outcomes import EndReason
from services.kit.fields import StrictModel


class Entitlement(StrictModel):
    """A right to coverage under one scheme, for a span of days."""

    id: UUID
    person_id: UUID
    scheme: str = Field(examples=["AMO_ACHAMIL"])
    effective_from: date | None
    effective_to: date | None = Field(description="Last day, included; null: open")
    end_reason: EndReason = Field(description="Why it ends on its last day")
    contribution_mad_month: Amount | None
    determination_id: UUID = Field(description="The confirmed determination that opened it")
    opened_at: datetime


class EntitlementPage(CoveragePage):
    """A person's entitlements, the newest first."""

    items: list[Entitlement]


class CoverageSummary(StrictModel):
    """What this area knows of a person, for her overview."""

    person_id: UUID
    on: date
    entitlements: list[Entitlement] = Field(description="Rights that hold today")
    last_determination: DeterminationSummary | None
    minimum_access: list[str] = Field(min_length=1)
    age_s: float | None = Field(description="Seconds since the registry's feed was last followed to its end")
    stale: bool = Field(description="Whether that is too long ago to rely on")
