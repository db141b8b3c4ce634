"""Hours at which a person may be reached without danger to her: written by people, kept in one form.

Known forms: `14:00-17:00`, `14-17`, `14h30-17h`, several apart by a comma, each with days before it when they do not
hold every day: `Mo-Fr 14:00-17:00, Sa 09:00-12:00`. Days are English or French, two letters or more. An end before its
start lies on the next day. Source: design; facts.md 6.6 and 10.9.
"""

import re

from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.texts import western_digits

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MOST_WINDOWS = 14

_FRENCH = ("lu", "ma", "me", "je", "ve", "sa", "di")
_DAY_OF = {name.lower(): name for name in DAYS} | dict(zip(_FRENCH, DAYS, strict=True))
_TIME = r"([01]?[0-9]|2[0-3])(?:[:h]([0-5][0-9])?)?"
_DAYS = r"([a-z]{2,9})\.?(?: ?- ?([a-z]{2,9})\.?)?"
_WINDOW = re.compile(rf"(?:{_DAYS} ?)?{_TIME} ?- ?{_TIME}", re.ASCII)


def read_safe_hours(written: str) -> str:
    """Return the hours in their one form: windows apart by `, `, times as `HH:MM`, days as `Mo-Fr`.

    Raises:
        ValueRefusedError: `safe-hours-format`: it says no hours, so nobody could keep to them.

    Example:
        >>> read_safe_hours("lun-ven 14h-17h30"), read_safe_hours("9-12")
        ('Mo-Fr 14:00-17:30', '09:00-12:00')
    """
    text = western_digits(written).replace("\u2013", "-").replace(";", ",").lower()
    windows = [_window(" ".join(part.split())) for part in text.split(",") if part.strip()]
    if not 1 <= len(windows) <= MOST_WINDOWS:
        raise ValueRefusedError("safe-hours-format")
    return ", ".join(windows)


def _window(text: str) -> str:
    found = _WINDOW.fullmatch(text)
    if found is None:
        raise ValueRefusedError("safe-hours-format")
    first, last, *times = found.groups()
    start, end = (f"{int(hour):02}:{minute or '00'}" for hour, minute in (times[:2], times[2:]))
    if start == end:
        raise ValueRefusedError("safe-hours-format")
    days = "-".join(_day(name) for name in (first, last) if name)
    return f"{days} {start}-{end}" if days else f"{start}-{end}"


def _day(name: str) -> str:
    day = _DAY_OF.get(name[:2])
    if day is None:
        raise ValueRefusedError("safe-hours-format")
    return day
