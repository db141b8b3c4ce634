"""Names as papers hold them: one or many, in one script or two, with or without a family name. Source: facts.md 9.1."""

import re
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.folding import NameClasses, joined, tokens

MOST = 20


class NameKind(StrEnum):
    """What the name is to its bearer."""

    LEGAL = "legal"
    ALIAS = "alias"
    MARRIED = "married"
    RELIGIOUS = "religious"


class Script(StrEnum):
    """The script a name is written in: ISO 15924, `Zyyy` for any other."""

    LATIN = "Latn"
    ARABIC = "Arab"
    TIFINAGH = "Tfng"
    ETHIOPIC = "Ethi"
    OTHER = "Zyyy"


_LETTERS = (
    (Script.ARABIC, re.compile("[\u0600-\u06ff\u0750-\u077f\ufb50-\ufdff\ufe70-\ufefc]")),
    (Script.LATIN, re.compile("[A-Za-z\u00c0-\u024f\u0250-\u02af\u1e00-\u1eff]")),
    (Script.TIFINAGH, re.compile("[\u2d30-\u2d7f]")),
    (Script.ETHIOPIC, re.compile("[\u1200-\u139f]")),
)


@dataclass(frozen=True, slots=True)
class Name:
    """One name, in one script.

    Attributes:
        kind: What the name is to its bearer.
        family: Family name; None for a mononym or a chain of patronymics.
        given: Given names.
        as_written: The name as the paper prints it, when its parts or their order are not known.
        script: Told by the letters.
        order_known: Whether family and given are known for which they are; they are never swapped silently.
    """

    kind: NameKind
    family: str | None
    given: str | None
    as_written: str | None
    script: Script
    order_known: bool = True

    @property
    def whole(self) -> str:
        """The name in one string, as it is searched."""
        return " ".join(part for part in (self.given, self.family) if part) or self.as_written or ""


def script_of(text: str) -> Script | None:
    """Return the script of the first letter; None without a letter."""
    for char in text:
        if char.isalpha():
            return next((script for script, letters in _LETTERS if letters.match(char)), Script.OTHER)
    return None


def read_name(
    kind: NameKind,
    family: str | None,
    given: str | None,
    as_written: str | None = None,
    *,
    script: Script | None = None,
    order_known: bool = True,
) -> Name:
    """Build a name from what is given of it; one part is enough.

    Args:
        kind: What the name is to its bearer.
        family: Cleaned text, or None.
        given: Cleaned text, or None.
        as_written: Cleaned text, or None.
        script: As declared; checked against the letters.
        order_known: False when family and given may be the other way round.

    Raises:
        ValueRefusedError: `name-missing`, `name-without-letters`, or `script-does-not-match`.
    """
    parts = [part for part in (given, family, as_written) if part]
    if not parts:
        raise ValueRefusedError("name-missing")
    found = script_of(" ".join(parts))
    if found is None:
        raise ValueRefusedError("name-without-letters")
    if script is not None and script is not found:
        raise ValueRefusedError("script-does-not-match")
    return Name(kind, family, given, as_written, found, order_known)


def search_keys(names: tuple[Name, ...], classes: NameClasses) -> set[str]:
    """Return every key that a person is found by: of each word of each part of her names, and of words joined.

    Words are joined within a part only (Jean Baptiste, Jeanbaptiste), never a given name with a family name.
    """
    keys: set[str] = set()
    for name in names:
        for part in (name.given, name.family, name.as_written):
            if part:
                words = tokens(part)
                for forms in words:
                    keys |= classes.keys_of(forms)
                for former, latter in pairwise(words):
                    keys |= classes.keys_of(joined(former, latter))
    return keys
