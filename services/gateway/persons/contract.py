"""Wire models of the compositions."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import Field

from services.gateway.persons.domain.extracts import SourceStatus
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


class WordBody(StrictModel):
    """A code, and what it says in the language of the extract."""

    code: str
    text: str


class ExtractPartBody(StrictModel):
    """Whether what a service holds is in the extract."""

    name: str
    title: str
    status: SourceStatus


class KeptBody(StrictModel):
    """How long a class of data is kept, by which rule."""

    data_class: str
    months: int
    after: WordBody
    certainty: str
    source: str


class ExtractSectionBody(StrictModel):
    """What one table holds about her: as it is stored, ranges as `_from` and `_until`, empty members left out."""

    part: str
    name: str
    title: str
    purpose: WordBody
    origin: WordBody
    retention: KeptBody | None
    rows: list[dict[str, Any]]
    more: bool = Field(description="Whether there are more rows than are shown")


class RecipientBody(StrictModel):
    """An organisation that used her data."""

    organisation: str
    purposes: list[WordBody]
    times: int
    last_at: datetime


class UseBody(StrictModel):
    """One use of her data."""

    at: datetime
    organisation: str | None
    purpose: WordBody | None
    action: str
    outcome: WordBody


class ExtractDocumentBody(StrictModel):
    """Everything that is held about a person, for her."""

    person_id: UUID
    made_at: datetime
    language: str
    complete: bool = Field(description="False where a part is unavailable or rows were left out: ask again")
    law: str
    rights: str
    not_included: list[str] = Field(description="What is never in an extract, and why")
    parts: list[ExtractPartBody]
    sections: list[ExtractSectionBody]
    recipients: list[RecipientBody]
    uses: list[UseBody] = Field(description="Who used her data, the newest first")
    more_uses: bool
