"""Invented persons as a prefecture lists them, the same ones for the same seed."""

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta

COLUMNS = (
    "row_id", "given", "family", "given_ar", "family_ar", "sex", "birth", "nationality", "birth_place", "father_name",
    "mother_name", "phone", "passport", "permit_type", "permit_number", "permit_from", "permit_to", "legal_status",
    "status_from", "region", "unit", "commune", "school_level", "languages", "household", "relation",
)  # fmt: skip
_GIVEN = (
    ("Awa", "أوا"),
    ("Mariam", "مريم"),
    ("Blessing", ""),
    ("Ibrahima", "إبراهيم"),
    ("Jean", ""),
    ("Fatou", "فاتو"),
)
_SYLLABLES = ("ba", "di", "ko", "ma", "ndi", "sa", "tou", "wa", "lo", "fo", "ke", "ra", "ne", "gui", "bo", "ti")
_NATIONALITIES = ("SEN", "CMR", "CIV", "GIN", "MLI", "COD", "NGA", "SYR")
_PLACES = (
    ("06", "MA-CAS", "Casablanca"),
    ("04", "MA-RAB", "Rabat"),
    ("09", "MA-AGD", "Agadir"),
    ("02", "MA-OUJ", "Oujda"),
)
_SCHOOL = ("BAC_2_COMPLETED", "LICENCE", "READ_WRITE_COUNT", "")
_BASE = len(_SYLLABLES)


def _name(number: int) -> str:
    """Spell a number in syllables: different numbers are different names."""
    spelled = ""
    while True:
        number, rest = divmod(number, _BASE)
        spelled += _SYLLABLES[rest]
        if number == 0:
            return spelled.capitalize()


def persons(count: int, *, batch: int) -> Iterator[dict[str, str]]:
    """Yield rows without faults.

    Args:
        count: How many.
        batch: Part of every passport and permit number and of the names: two batches share nobody.
    """
    for number in range(count):
        mixed = number * 7919 + batch
        given, given_arabic = _GIVEN[mixed % len(_GIVEN)]
        region, unit, commune = _PLACES[mixed % len(_PLACES)]
        born_on = date(1960, 1, 2) + timedelta(days=mixed % 16000)
        status_from = date(2017, 1, 1) + timedelta(days=mixed % 2000)
        has_permit = number % 2 == 0
        yield {
            "row_id": f"{batch:03d}{number:07d}",
            "given": given,
            "family": f"{_name(number)} {_name(batch * 1009 + number % 97)}",
            "given_ar": given_arabic,
            "family_ar": "ديالو" if given_arabic else "",
            "sex": "F" if number % 2 else "M",
            "birth": (str(born_on.year), born_on.isoformat(), f"vers {born_on.year}")[number % 3],
            "nationality": _NATIONALITIES[mixed % len(_NATIONALITIES)],
            "birth_place": f"Ville-{mixed % 40}",
            "father_name": _name(mixed % 5000),
            "mother_name": _name(mixed % 4000),
            "phone": f"06{mixed % 100_000_000:08d}" if number % 3 == 0 else "",
            "passport": f"B{batch:02d}{number:07d}" if number % 4 else "",
            "permit_type": "REG3" if has_permit else "",
            "permit_number": f"T{batch:02d}{number:06d}" if has_permit else "",
            "permit_from": "2025-01-15" if has_permit else "",
            "permit_to": "2028-01-15" if has_permit else "",
            "legal_status": "REGULARISED_2017",
            "status_from": status_from.isoformat(),
            "region": region,
            "unit": unit,
            "commune": commune,
            "school_level": _SCHOOL[number % len(_SCHOOL)],
            "languages": "fr wo",
            "household": "",
            "relation": "",
        }


def as_csv(count: int, *, batch: int) -> bytes:
    """Return the rows as the file a prefecture would send: UTF-8, comma, header."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(persons(count, batch=batch))
    return text.getvalue().encode()
