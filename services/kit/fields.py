"""Strict fields: what a partner sends is taken exactly, or refused with a pointer and a code.

Every wire model derives from `StrictModel`. Strings are NFC, trimmed, bounded, without NUL, lone surrogates, control
or bidirectional-override characters: they reach papers, screens and other registers.
"""

import re
import unicodedata
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

_BIDI = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
EARLIEST, LATEST = date(1850, 1, 1), date(2200, 12, 31)


class StrictModel(BaseModel):
    """A wire shape that accepts what it names and nothing else."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        allow_inf_nan=False,
        hide_input_in_errors=True,
        strict=False,
        ser_json_inf_nan="null",
    )


def clean_text(value: str) -> str:
    """Return text as NFC, trimmed.

    Raises:
        PydanticCustomError: `forbidden_character` or `blank_text`.
    """
    text = unicodedata.normalize("NFC", value).strip()
    for char in text:
        if char in _BIDI or unicodedata.category(char) in {"Cc", "Cs", "Zl", "Zp"}:
            raise PydanticCustomError("forbidden_character", "Remove control and direction-override characters")
    if all(unicodedata.category(char) in {"Cf", "Zs"} for char in text):
        raise PydanticCustomError("blank_text", "Give at least one visible character")
    return text


def _at_most(most: int) -> Callable[[str], str]:
    """Bound text once more after NFC, which makes some letters longer; the first bound keeps NFC itself quick."""

    def check(text: str) -> str:
        if len(text) > most:
            raise PydanticCustomError("string_too_long", "Give at most {most} characters", {"most": most})
        return text

    return check


def _only_string(value: Any) -> Any:
    if not isinstance(value, str):
        raise PydanticCustomError("string_type", "Give a JSON string")
    return value


def _civil_date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if not isinstance(value, str) or not _ISO_DATE.fullmatch(value):
        raise PydanticCustomError("date_format", "Give a date as YYYY-MM-DD")
    try:
        parsed = date.fromisoformat(value)
    except ValueError:
        raise PydanticCustomError("date_impossible", "Give a date that exists in the calendar") from None
    if not EARLIEST <= parsed <= LATEST:
        raise PydanticCustomError("date_out_of_range", "Give a date between 1850 and 2200")
    return parsed


Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200),
    BeforeValidator(_only_string),
    AfterValidator(clean_text),
    AfterValidator(_at_most(200)),
]
"""A line of up to 200 characters."""

LongText = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2000),
    BeforeValidator(_only_string),
    AfterValidator(clean_text),
    AfterValidator(_at_most(2000)),
]
"""A paragraph of up to 2,000 characters, without line breaks."""

Code = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z0-9_]{1,40}$")]
"""A code of law, scheme or reference list."""

CountryCode = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Z]{3}$")]
"""ISO 3166-1 alpha-3, or an ICAO code such as XXA."""

CivilDate = Annotated[date, BeforeValidator(_civil_date)]
"""A day of the calendar, `YYYY-MM-DD`."""

Year = Annotated[int, Field(strict=True, ge=1850, le=2200)]
Month = Annotated[int, Field(strict=True, ge=1, le=12)]
Day = Annotated[int, Field(strict=True, ge=1, le=31)]
SmallCount = Annotated[int, Field(strict=True, ge=0, le=1_000_000)]
