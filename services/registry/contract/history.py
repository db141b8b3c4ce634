"""Shapes of the history of a person."""

from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from services.kit.fields import CivilDate, StrictModel


class Sentence(StrictModel):
    """What happened, in the three languages."""

    fr: str
    ar: str
    en: str = Field(examples=["Added: residence title REG3 C350356A, from 2024-04-25 to 2027-04-25"])


class FieldChangeBody(StrictModel):
    """What a version changed of one field."""

    field: str
    kind: Literal["added", "ended", "corrected", "removed"]
    before: Any = Field(description="Null where there was nothing")
    after: Any = Field(description="Null where there is nothing any more")
    valid_from: CivilDate | None = Field(description="From when on it is true; null when that is open or not said")
    valid_to: CivilDate | None = Field(description="The last day on which it is true")
    text: Sentence


class HistoryEntry(StrictModel):
    """One version of a person."""

    version: int
    at: datetime = Field(description="When it became known")
    operation: str = Field(description="What made it", examples=["add_permit"])
    organisation: str = Field(description="Who asked for it")
    by: str | None = Field(description="The account that sent it; shown to its own organisation alone")
    reason: str | None = Field(description="Why, of what was taken back, withdrawn or decided of a paper")
    changes: list[FieldChangeBody]


class HistoryPage(StrictModel):
    """Versions, newest first."""

    items: list[HistoryEntry]
    next: str | None
