"""An extract as it is printed: rows as lines of label and text, in one language."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Columns = Mapping[str, str]
DEEPEST = 6
"""Members deeper than this are written as they are stored."""


def lines_of(row: Mapping[str, Any], columns: Columns, answers: tuple[str, str]) -> list[tuple[str, str]]:
    """Return a row as (label, text), members of members under both their names.

    Args:
        row: A JSON object.
        columns: Labels of members; one that has none is shown by its own name.
        answers: What true and false are called.

    Example:
        >>> lines_of({"birth": {"year": 1990}, "names": ["Awa", "A."]}, {"birth": "Born"}, ("yes", "no"))
        [('Born · year', '1990'), ('names 1', 'Awa'), ('names 2', 'A.')]
    """
    return list(_lines("", row, columns, answers, 0))


def _lines(label: str, value: Any, columns: Columns, answers: tuple[str, str], depth: int) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and depth < DEEPEST:
        for name, inner in value.items():
            own = columns.get(name, name.replace("_", " "))
            yield from _lines(f"{label} · {own}" if label else own, inner, columns, answers, depth + 1)
    elif isinstance(value, Sequence) and not isinstance(value, str) and depth < DEEPEST:
        for number, inner in enumerate(value, 1):
            numbered = label if len(value) == 1 else f"{label} {number}"
            yield from _lines(numbered, inner, columns, answers, depth + 1)
    elif value is not None and value not in ("", [], {}):
        yield label, _text(value, answers)


def _text(value: Any, answers: tuple[str, str]) -> str:
    if isinstance(value, bool):
        return answers[0] if value else answers[1]
    return str(value)
