"""Programme numbers: `MIG-YYYY-NNNNNN-C`, where C catches slips of the pen.

The year is the year of registration; the number carries no meaning about status. C is the check character of
ISO 7064 MOD 37,36 (hybrid) over the letters and digits before it: it finds every single wrong character and nearly
every swap of two. Source: facts.md 10.9 (design).
"""

import re

from services.registry.domain.texts import western_digits

PREFIX = "MIG-"
_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_MODULUS = len(_ALPHABET)
_SHAPE = re.compile(r"MIG(\d{4})(\d{6,9})([0-9A-Z])")


def check_character(body: str) -> str:
    """Return the ISO 7064 MOD 37,36 check character of upper-case letters and digits.

    Example:
        >>> check_character("A12425GABC1234002")
        'M'
    """
    product = _MODULUS
    for char in body:
        total = (product + _ALPHABET.index(char)) % _MODULUS or _MODULUS
        product = total * 2 % (_MODULUS + 1)
    return _ALPHABET[(_MODULUS + 1 - product) % _MODULUS]


def format_number(year: int, serial: int) -> str:
    """Return the programme number of a year and a serial number; serials past 999,999 take more digits."""
    digits = f"{serial:06d}"
    return f"{PREFIX}{year:04d}-{digits}-{check_character(f'MIG{year:04d}{digits}')}"


def read_number(written: str) -> str | None:
    """Return the programme number in its one form, or None when it is none or its check character is wrong."""
    compact = re.sub(r"[\s\-]+", "", western_digits(written)).upper()
    found = _SHAPE.fullmatch(compact)
    if found is None or check_character(compact[:-1]) != found[3]:
        return None
    return f"{PREFIX}{found[1]}-{found[2]}-{found[3]}"
