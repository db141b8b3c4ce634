"""Field types and shapes that several wire models of this area share."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from pydantic import ConfigDict, Field, PlainSerializer

from services.health.coverage.domain.rules import Certainty
from services.kit.fields import StrictModel


def _number(amount: Decimal) -> int | float:
    """Show an amount as a JSON number; MAD amounts have two decimals at most, which a number holds exactly enough."""
    return int(amount) if amount == amount.to_integral_value() else float(round(amount, 2))


Amount = Annotated[Decimal, PlainSerializer(_number, return_type=float)]
"""MAD, as a JSON number."""

SchemeCode = Annotated[
    str, Field(strict=True, pattern=r"^[A-Z0-9_]{1,40}$", description="Code of a scheme", examples=["AMO_TADAMON"])
]


class CoverageRule(StrictModel):
    """A rule row: what holds from when to when, how certain that is, and where it was read."""

    model_config = ConfigDict(populate_by_name=True)

    code: str = Field(examples=["TADAMON_MAX"])
    value: Any = Field(description="Figures are strings: exact decimals", examples=["9.3264284"])
    from_: date | None = Field(
        alias="from", description="First day, included; null: always was", examples=["2022-12-01"]
    )
    to: date | None = Field(description="Last day, included; null: until further notice", examples=[None])
    certainty: Certainty = Field(examples=["verified"])
    source: str = Field(description="Ids of the domain sheet's sources", examples=["S49"])


class CoveragePage(StrictModel):
    """One page of a list."""

    next: str | None = Field(description="Cursor of the next page; null at the end", examples=[None])


class CoverageTexts(StrictModel):
    """A text in the three languages."""

    fr: str
    ar: str
    en: str
