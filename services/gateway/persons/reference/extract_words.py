"""The words of the extract, read from the YAML beside it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
FONTS = _FOLDER / "fonts"
TEMPLATE = _FOLDER / "extract.typ"
Words = Mapping[str, Mapping[str, str]]
"""By kind (`texts`, `parts`, `origins`, `after`, `columns`) and code, in one language."""


@cache
def words(language: str) -> Words:
    """Return all words in a language: `fr`, `ar` or `en`."""
    document: dict[str, Any] = yaml.safe_load((_FOLDER / "extract_words.yaml").read_text(encoding="utf-8"))
    return {kind: {code: said[language] for code, said in found.items()} for kind, found in document.items()}
