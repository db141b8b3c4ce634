"""The point-of-care question on the wire."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from services.kit.fields import CivilDate, StrictModel, Text
from services.kit.keyed_hash import normalise_identifier


class IdentifierSystem(StrEnum):
    """Systems whose numbers a desk may ask by."""

    PASSPORT = "PASSPORT"
    PERMIT = "PERMIT"
    IDCS = "IDCS"
    UNHCR = "UNHCR"
    MASSAR = "MASSAR"
    CNSS = "CNSS"
    CNIE = "CNIE"


def _with_something_to_match(value: str) -> str:
    if not normalise_identifier(value):
        raise PydanticCustomError("no_letter_or_digit", "Give at least one Latin letter or digit")
    return value


Number = Annotated[Text, AfterValidator(_with_something_to_match)]
"""A number as it is written on a paper; spaces, hyphens and case do not matter."""


class VerifiedIdentifier(StrictModel):
    """An identifier as it is written on the paper shown."""

    system: IdentifierSystem
    value: Number = Field(examples=["B187392B"])


class VerificationRequest(StrictModel):
    """Ask by exactly one of `identifier` and `programme_number`."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [{"identifier": {"system": "PERMIT", "value": "B187392B"}, "on": "2026-11-23"}],
            "oneOf": [
                {"required": ["identifier"], "properties": {"programme_number": {"type": "null"}}},
                {"required": ["programme_number"], "properties": {"identifier": {"type": "null"}}},
            ],
        }
    )

    identifier: VerifiedIdentifier | None = None
    programme_number: Number | None = None
    on: CivilDate | None = Field(default=None, description="Civil date of care; null: today in Morocco")

    @model_validator(mode="after")
    def _one_question(self) -> Self:
        if (self.identifier is None) is (self.programme_number is None):
            raise PydanticCustomError("one_question", "Give exactly one of identifier and programme_number")
        return self


class VerificationAnswer(StrictModel):
    """The answer at the desk. `covered: false` never means "no care": see `minimum_access` and `what_to_do`.

    Nobody known by the identifier, and nobody covered, give the same answer.
    """

    covered: bool
    scheme: str | None = Field(description="The scheme that covers, or that ended last or begins next")
    effective_from: date | None
    effective_to: date | None = Field(description="Last day, included; null: open, or no right")
    reason: str = Field(examples=["R_DROIT_OUVERT"])
    minimum_access: Annotated[list[str], Field(min_length=1, examples=[["URGENCE", "HOPITAL_EGALITE", "ESSP_FREE"]])]
    what_to_do: str = Field(description="In the language of Accept-Language: fr, ar or en")
