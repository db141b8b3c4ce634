"""In which language a page is shown, and its words."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.kit.problems import LANGUAGES, Language, language_of

NAMES: Mapping[Language, str] = {"fr": "Français", "ar": "العربية", "en": "English"}


def named_language(name: str | None) -> Language | None:
    """Return the language of a `?lang=` or of an account, or None where it is none of ours."""
    return name if name in LANGUAGES else None


def choose(*named: str | None, accept_language: str | None) -> Language:
    """Return the first language that is named, or else the one the browser asks for; French where it asks for none.

    Args:
        named: In the order in which they count.
        accept_language: The header.
    """
    return next((language for language in map(named_language, named) if language), language_of(accept_language))


def direction(language: Language) -> str:
    """Return `rtl` or `ltr`."""
    return "rtl" if language == "ar" else "ltr"


@cache
def words(folder: Path, language: Language) -> Mapping[str, str]:
    """Return the texts of a folder's catalogue by dotted name.

    Raises:
        FileNotFoundError: The folder has no catalogue of that language.
    """
    entries = yaml.safe_load((folder / "strings" / f"{language}.yaml").read_text("utf-8"))
    return dict(_flat(entries, ""))


def _flat(entries: Mapping[str, Any], prefix: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for name, entry in entries.items():
        if isinstance(entry, Mapping):
            found += _flat(entry, f"{prefix}{name}.")
        else:
            found.append((f"{prefix}{name}", str(entry)))
    return found
