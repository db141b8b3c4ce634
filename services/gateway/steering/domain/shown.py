"""An answer as it is shown: JSON in lines and coloured pieces, with what an agreement has held back marked."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

LONGEST = 200_000
"""Characters of an answer that are shown; a page must stay one that a telephone can open."""

_PIECE = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")(?P<colon>\s*:)?|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)'
)
_HELD_BACK = "redactions"


@dataclass(frozen=True, slots=True)
class Line:
    """One line.

    Attributes:
        pieces: Kind (`key`, `text`, `number`, `word` or nothing) and text of each.
        held_back: Whether it tells of something held back.
    """

    pieces: Sequence[tuple[str, str]]
    held_back: bool = False


def lines_of(body: bytes) -> list[Line]:
    """Return an answer in lines; what is no JSON is shown as it came."""
    try:
        document = json.loads(body)
    except ValueError:
        text = body.decode("utf-8", "replace")[:LONGEST]
        return [Line([("", line)]) for line in text.splitlines()]
    text = json.dumps(document, ensure_ascii=False, indent=2)[:LONGEST]
    found, closing = [], None
    for line in text.splitlines():
        indent = len(line) - len(line.lstrip())
        if closing is None and line.lstrip().startswith(f'"{_HELD_BACK}": ['):
            closing = -1 if line.rstrip(",").endswith("]") else indent
            found.append(Line(_pieces(line), held_back=True))
        else:
            found.append(Line(_pieces(line), held_back=closing is not None))
        if closing is not None and (closing == -1 or (indent == closing and line.lstrip().startswith("]"))):
            closing = None
    return found


def held_back(body: bytes) -> list[str]:
    """Return the fields that an answer says were held back, each once."""
    try:
        document = json.loads(body)
    except ValueError:
        return []
    meta = document.get("meta") if isinstance(document, dict) else None
    entries: Any = meta.get(_HELD_BACK) if isinstance(meta, dict) else None
    if not isinstance(entries, list):
        return []
    return list(dict.fromkeys(str(entry["field"]) for entry in entries if isinstance(entry, dict) and "field" in entry))


def _pieces(line: str) -> list[tuple[str, str]]:
    pieces, at = [], 0
    for match in _PIECE.finditer(line):
        if match.start() > at:
            pieces.append(("", line[at : match.start()]))
        if match["string"] is not None:
            pieces.append(("key" if match["colon"] is not None else "text", match["string"]))
            if match["colon"] is not None:
                pieces.append(("", match["colon"]))
        else:
            pieces.append(("number" if match["number"] is not None else "word", match[0]))
        at = match.end()
    return [*pieces, ("", line[at:])] if at < len(line) else pieces
