"""The lines of an imported file: its header, and how a line becomes columns.

One line is one row, also inside quotes: so a stray quotation mark spoils its own row and no other. UTF-8; separated by
commas, semicolons or tabs, as the header is.
"""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from services.registry.domain.errors import (
    ImportColumnsNotAgreedError,
    ImportEmptyError,
    ImportHeaderRefusedError,
    ValueRefusedError,
)
from services.registry.domain.import_rows import COLUMNS, FIELD_OF, REQUIRED_COLUMNS

DELIMITERS = (",", ";", "\t")
LONGEST_LINE = 64 * 1024
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file.

    Attributes:
        columns: Names of our columns, in the file's order.
        delimiter: What parts them.
        size: Bytes up to and with the line's end: where the rows begin.
    """

    columns: tuple[str, ...]
    delimiter: str
    size: int


def read_header(start: bytes) -> Header:
    """Read the header.

    Args:
        start: The file's beginning, long enough to hold its first line.

    Raises:
        ImportEmptyError: There is no line.
        ImportHeaderRefusedError: A column is unknown, doubled or missing; the names refused are not repeated, for a
            file without a header begins with a person.
    """
    end = start.find(b"\n")
    size = len(start) if end < 0 else end + 1
    line = start[:size].removeprefix(_BOM).strip()
    if not line:
        raise ImportEmptyError
    try:
        text = line.decode("utf-8")
    except UnicodeDecodeError:
        raise ImportHeaderRefusedError([(1, "", "not-utf8")]) from None
    delimiter = max(DELIMITERS, key=text.count)
    names = [name.strip().strip('"').strip().lower() for name in text.split(delimiter)]
    wrong = [(place, "", "unknown-column") for place, name in enumerate(names, 1) if name not in COLUMNS]
    wrong += [
        (place, name, "repeated-column")
        for place, name in enumerate(names, 1)
        if name in COLUMNS and name in names[: place - 1]
    ]
    wrong += [(0, name, "missing-column") for name in REQUIRED_COLUMNS if name not in names]
    if wrong:
        raise ImportHeaderRefusedError(wrong)
    return Header(tuple(names), delimiter, size)


def check_agreed(header: Header, fields: frozenset[str] | None) -> None:
    """Refuse columns that fill fields outside an agreement.

    Args:
        header: As read.
        fields: Fields of a person that the sender may write; None for all.

    Raises:
        ImportColumnsNotAgreedError: There is at least one.
    """
    if fields is None:
        return
    agreed = fields.union(REQUIRED_COLUMNS)
    outside = [place for place, name in enumerate(header.columns, 1) if FIELD_OF.get(name, name) not in agreed]
    if outside:
        raise ImportColumnsNotAgreedError(outside)


def split_line(line: bytes, columns: Sequence[str], delimiter: str) -> list[str]:
    """Return the texts of a line, one per column; missing ones at its end are empty.

    Raises:
        ValueRefusedError: `row-too-long`, `not-utf8`, `row-malformed` or `too-many-columns`.
    """
    if len(line) > LONGEST_LINE:
        raise ValueRefusedError("row-too-long")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueRefusedError("not-utf8") from None
    values = _unquote(text, delimiter) if '"' in text else text.split(delimiter)
    missing = len(columns) - len(values)
    if missing < 0:
        raise ValueRefusedError("too-many-columns")
    return values + [""] * missing if missing else values


def _unquote(text: str, delimiter: str) -> list[str]:
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        raise ValueRefusedError("row-malformed") from None
    return rows[0]
