"""Dates of birth as papers and clerks write them. Source: facts.md 9.3 (design)."""

import re
from datetime import date

from services.kit.periods import PartialDate, Precision
from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.texts import western_digits

OLDEST_YEARS = 120
UNKNOWN = PartialDate(None, precision=Precision.UNKNOWN)

_FULL = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DAY_FIRST = re.compile(r"(\d{1,2})[/.-](\d{1,2})[/.-](\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_YEAR = re.compile(r"\d{4}")
_CIRCA = re.compile(r"(?:n[ée]e? )?(?:vers|environ|circa|ca\.?|~) ?(?:l'an |en )?(\d{4})", re.IGNORECASE)


def read_birth(written: str, *, today: date) -> PartialDate:
    """Read a birth date as it stands in a file.

    Known forms: `1990`, `1990-05`, `1990-05-12`, `12/05/1990` (day first), `vers 1988`, `né vers 1988`, empty.
    Unknown month and day may be written `00` (ICAO 9303). A missing part is never filled in.

    Args:
        written: As in the file; Arabic digits are read too.
        today: Civil date; nobody is born after it.

    Raises:
        ValueRefusedError: `date-format`, or what `check_birth` refuses.
        ImpossibleDateError: `date-impossible` or `year-out-of-range`.

    Example:
        >>> read_birth("né vers 1988", today=date(2026, 11, 23)).precision
        <Precision.CIRCA: 'circa'>
    """
    text = " ".join(western_digits(written).split())
    if not text:
        return UNKNOWN
    if found := _FULL.fullmatch(text):
        year, month, day = (int(part) for part in found.groups())
    elif found := _DAY_FIRST.fullmatch(text):
        day, month, year = (int(part) for part in found.groups())
    elif found := _MONTH.fullmatch(text):
        year, month, day = int(found[1]), int(found[2]), 0
    elif _YEAR.fullmatch(text):
        year, month, day = int(text), 0, 0
    elif found := _CIRCA.fullmatch(text):
        return check_birth(PartialDate(int(found[1]), precision=Precision.CIRCA), today=today)
    else:
        raise ValueRefusedError("date-format")
    return check_birth(from_parts(year or None, month or None, day or None), today=today)


def from_parts(
    year: int | None,
    month: int | None,
    day: int | None,
    precision: Precision | None = None,
    circa_plus_minus: int | None = None,
) -> PartialDate:
    """Build a partial date; without a precision, the parts say how much is known.

    Raises:
        ImpossibleDateError: The parts contradict each other, the precision or the calendar.
    """
    if precision is None:
        precision = _precision_of(year, month, day, circa_plus_minus)
    return PartialDate(year, month, day, precision, circa_plus_minus)


def _precision_of(year: int | None, month: int | None, day: int | None, circa_plus_minus: int | None) -> Precision:
    if circa_plus_minus is not None:
        return Precision.CIRCA
    if day is not None:
        return Precision.DAY
    if month is not None:
        return Precision.MONTH
    return Precision.UNKNOWN if year is None else Precision.YEAR


def check_birth(birth: PartialDate, *, today: date) -> PartialDate:
    """Return the date of birth when somebody alive today can have it.

    Raises:
        ValueRefusedError: `date-in-future`, or `birth-too-long-ago` past 120 years.
    """
    if birth.earliest is not None and birth.earliest > today:
        raise ValueRefusedError("date-in-future")
    if birth.latest is not None and birth.latest.year < today.year - OLDEST_YEARS:
        raise ValueRefusedError("birth-too-long-ago")
    return birth


def suspect_default(birth: PartialDate) -> bool:
    """Say whether the full date looks like a clerk's stand-in: 1 January or 31 December."""
    return birth.precision is Precision.DAY and birth.suspect_default


def read_day(written: str) -> date | None:
    """Read a full date as it stands in a file: `2026-05-12` or `12/05/2026` (day first); None when empty.

    Raises:
        ValueRefusedError: `date-format`, `date-impossible` or `year-out-of-range`.
    """
    if not written:
        return None
    if written.isascii():
        try:
            day = date.fromisoformat(written)
        except ValueError:
            pass
        else:
            return _plausible(day) if _FULL.fullmatch(written) else _refuse_format()
    text = western_digits(written).strip()
    if found := _FULL.fullmatch(text):
        year, month, day_of_month = (int(part) for part in found.groups())
    elif found := _DAY_FIRST.fullmatch(text):
        day_of_month, month, year = (int(part) for part in found.groups())
    else:
        return _refuse_format() if text else None
    try:
        return _plausible(date(year, month, day_of_month))
    except ValueError as impossible:
        raise ValueRefusedError(getattr(impossible, "code", "date-impossible")) from None


def _plausible(day: date) -> date:
    if not 1900 <= day.year <= 2100:  # noqa: PLR2004  # outside it is a slip of the pen
        raise ValueRefusedError("year-out-of-range")
    return day


def _refuse_format() -> date:
    raise ValueRefusedError("date-format")
