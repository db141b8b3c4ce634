"""Shapes of the rules of the regularisations, and of published counts."""

from datetime import date
from typing import Any

from pydantic import Field

from services.kit.fields import StrictModel


class RegularisationRuleList(StrictModel):
    """Dated rows of one list of rules: each with `certainty` and `source`."""

    items: list[dict[str, Any]]
    next: None = None


class RegularisationStatistic(StrictModel):
    """What a source said on a day; others said otherwise."""

    series: str = Field(examples=["R2014_APPLICATIONS"])
    as_of: date
    nationality: str | None
    region: str | None
    value: int
    certainty: str
    source: str
    note: str | None


class RegularisationStatisticList(StrictModel):
    """Published counts."""

    items: list[RegularisationStatistic]
    next: None = None
