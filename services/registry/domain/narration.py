"""The history of a person in sentences, in each language, from the words of the lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.registry.domain.history import FieldChange

LANGUAGES = ("fr", "ar", "en")
Text = Mapping[str, str]
"""Language to text."""


@dataclass(frozen=True, slots=True)
class Words:
    """What sentences are made of.

    Attributes:
        kinds: What can happen to a field.
        periods: `between`, `since` and `until`, with places for `from` and `to`.
        fields: What fields are called.
        named_by: Members that a row of a field is called by.
    """

    kinds: Mapping[str, Text]
    periods: Mapping[str, Text]
    fields: Mapping[str, Text]
    named_by: Mapping[str, Sequence[str]]


def sentences(change: FieldChange, words: Words) -> dict[str, str]:
    """Return what a change says, by language.

    A field that no word is known for is called by its own name: a new field never hides what happened to it.

    Example:
        `Added: residence title REG3 C350356A, from 2024-04-25 to 2027-04-25`
    """
    return {language: _sentence(change, words, language) for language in LANGUAGES}


def _sentence(change: FieldChange, words: Words, language: str) -> str:
    field = words.fields.get(change.field, {}).get(language, change.field)
    before = _row(change.field, change.before, words, language)
    after = _row(change.field, change.after, words, language)
    said = " → ".join(part for part in (before, after) if part)
    joint = "" if not said else " " if change.field in words.named_by else ", "
    return f"{words.kinds[change.kind][language]} {field}{joint}{said}"


def _row(field: str, value: Any, words: Words, language: str) -> str:
    """Return a value in a few words; what has no short form is left to the change itself."""
    if isinstance(value, Mapping):
        named = " ".join(str(value[name]) for name in words.named_by.get(field, ()) if value.get(name))
        return ", ".join(part for part in (named, _period(value, words, language)) if part)
    return str(value) if isinstance(value, str | int | date) and not isinstance(value, bool) else ""


def _period(value: Mapping[str, Any], words: Words, language: str) -> str:
    start, end = value.get("valid_from"), value.get("valid_to")
    kind = "between" if start and end else "since" if start else "until" if end else None
    return words.periods[kind][language].format_map({"from": start, "to": end}) if kind else ""
