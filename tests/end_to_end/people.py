"""Persons for the journey: invented, marked by names no file of ours uses, each with papers of its own."""

from __future__ import annotations

import secrets
from typing import Any

CANARY = "Zzcanari"
"""A family name that must never come back in a refusal."""


_LATIN, _ARABIC = "bcdfghjklmnprstv", "بتجدرسشطعفقكلمنه"


def new_names() -> tuple[str, str]:
    """Return a family name that nobody bears yet, in Latin and in Arabic letters."""
    digits = [int(digit, 16) for digit in secrets.token_hex(4)]
    return "".join(_LATIN[digit] for digit in digits), "".join(_ARABIC[digit] for digit in digits)


def new_passport() -> str:
    """Return a passport number that nobody holds yet."""
    return f"E2E{secrets.token_hex(5).upper()}"


def awa(**changes: Any) -> dict[str, Any]:
    """Return a woman with names in two scripts, an approximate birth year and papers in order."""
    latin, arabic = new_names()
    return {
        "names": [
            {"kind": "legal", "family": f"Diallo {latin.capitalize()}", "given": "Awa"},
            {"kind": "legal", "family": f"ديالو {arabic}", "given": "أوا"},
        ],
        "sex": "F",
        "birth": {"year": 1990, "precision": "circa", "circa_plus_minus": 2, "declared_as": "née vers 1990"},
        "nationalities": ["SEN"],
        "birth_place": "Dakar",
        "mother_name": "Fatou Ndiaye",
        "languages": ["fr", "wo"],
        "school_level": "BAC_2_COMPLETED",
        "address": {"region": "06", "unit": "MA-CAS", "commune": "Casablanca", "line": "12 rue des Essais"},
        "identifiers": [{"system": "PASSPORT", "value": new_passport(), "issuer": "SEN"}],
        "legal_status": {"code": "REGULARISED_2017", "valid_from": "2018-03-01"},
        "permits": [
            {
                "type": "REG3",
                "number": f"T{secrets.token_hex(4).upper()}",
                "valid_from": "2025-02-01",
                "valid_to": "2028-02-01",
            }
        ],
    } | changes
