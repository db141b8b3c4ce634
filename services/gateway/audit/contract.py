"""Wire models of the access log; those of the trail are `services.trail.contract`."""

from datetime import datetime
from uuid import UUID

from pydantic import Field

from services.gateway.audit.domain.accesses import LogPart
from services.kit.fields import StrictModel


class SaidBody(StrictModel):
    """The same in three languages."""

    fr: str
    ar: str
    en: str


class CodedBody(SaidBody):
    """A code, and what it says."""

    code: str


class AccessEntryBody(StrictModel):
    """One use of a person's data, as she may be told of it."""

    at: datetime
    organisation: str | None = Field(description="Its name; null where nobody was known")
    purpose: CodedBody | None = Field(description="Why; null where the caller gave no reason and was refused")
    action: SaidBody
    outcome: CodedBody = Field(description="`ok`, `replayed` or `refused`")


class LogPartsBody(StrictModel):
    """Whether each store's accesses are in the answer; those of one that is `unavailable` are missing from it."""

    registry: LogPart
    coverage: LogPart
    training: LogPart
    gateway: LogPart


class AccessLogBody(StrictModel):
    """Who used a person's data, the newest first."""

    person_id: UUID
    items: list[AccessEntryBody]
    parts: LogPartsBody
    next: str | None = Field(description="Pass it as `cursor` to read on; null at the end")
