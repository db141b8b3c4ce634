"""Text as it comes from forms and files: composed, trimmed, bounded, free of what no name holds."""

import re
import unicodedata

from services.registry.domain.errors import ValueRefusedError

LONGEST = 200
_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
_EASTERN_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")


def clean(value: str, limit: int = LONGEST) -> str | None:
    """Return the text in NFC without space around it; None when nothing is left.

    Args:
        value: As written.
        limit: The most characters.

    Raises:
        ValueRefusedError: `too-long` or `forbidden-character`.
    """
    text = value.strip(" ")
    if not text:
        return None
    if not (text.isascii() and text.isprintable()):
        if _FORBIDDEN.search(text):
            raise ValueRefusedError("forbidden-character")
        text = unicodedata.normalize("NFC", text).strip()
        if not text:
            return None
    if len(text) > limit:
        raise ValueRefusedError("too-long")
    return text


def western_digits(value: str) -> str:
    """Write Arabic-Indic and Persian digits in ASCII. Source: facts.md 9.1.7."""
    return value if value.isascii() else value.translate(_EASTERN_DIGITS)
