"""Telephone numbers: Moroccan ones in national or international form, foreign ones in international form.

A number that cannot be read is kept as written and marked; it is never a reason to turn somebody away. Source: design.
"""

import re

from services.registry.domain.texts import western_digits

_SEPARATORS = re.compile(r"[\s().\-/\u00a0\u202f]+")
_MOROCCAN = re.compile(r"(?:\+|00)212(?:\(0\)|0)?([5-8]\d{8})|0([5-8]\d{8})")
_FOREIGN = re.compile(r"(?:\+|00)([1-9]\d{6,14})")
MOROCCO = "212"


def normalise_phone(written: str) -> str | None:
    """Return the number in E.164, or None when it cannot be read as one.

    Example:
        >>> normalise_phone("06 51 30 34 62"), normalise_phone("+212 762169948"), normalise_phone("12345")
        ('+212651303462', '+212762169948', None)
    """
    digits = _SEPARATORS.sub("", western_digits(written))
    if found := _MOROCCAN.fullmatch(digits):
        return f"+{MOROCCO}{found[1] or found[2]}"
    found = _FOREIGN.fullmatch(digits)
    if found is None or found[1].startswith(MOROCCO):
        return None
    return f"+{found[1]}"
