"""Wire models of the compositions."""

from typing import Any
from uuid import UUID

from pydantic import Field

from services.gateway.persons.domain.parts import PartStatus
from services.kit.fields import StrictModel


class PartBody(StrictModel):
    """What one service says, or why it does not."""

    status: PartStatus
    age_s: float | None = Field(description="Seconds since what it rests on was current; null where there is nothing")
    data: dict[str, Any] | None = Field(description="The service's own answer; null where there is none")


class PartsBody(StrictModel):
    """The parts by service."""

    registry: PartBody = Field(description="As `GET /v1/persons/{person_id}`")
    coverage: PartBody = Field(description="Entitlements to health coverage and the latest determination")
    training: PartBody = Field(description="Applications and enrolments")


class OverviewBody(StrictModel):
    """A person across services. One slow or dead service never blanks it."""

    person_id: UUID
    parts: PartsBody
