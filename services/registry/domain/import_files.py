"""The lines of an imported file: its header, and how a line becomes columns.

One line is one row, also inside quotes: so a stray quotation mark spoils its own row and no other. UTF-8; separated by
commas, semicolons or tabs, as the header is. Or JSON Lines: each line an object of columns; workbooks become these.
"""

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, NoReturn

from services.registry.domain.errors import (
    ImportColumnsNotAgreedError,
    ImportEmptyError,
    ImportHeaderRefusedError,
    ValueRefusedError,
)
from services.registry.domain.import_rows import COLUMNS, FIELD_OF, REQUIRED_COLUMNS

DELIMITERS = (",", ";", "\t")
LONGEST_LINE = 64 * 1024
OBJECTS = "json"
"""In the place of a delimiter: every line names its columns itself."""
BROKEN_OFF = b"!\n"
"""Stands where a workbook could not be read any further."""
_BOM = b"\xef\xbb\xbf"


class Format(StrEnum):
    """What a file is written in."""

    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


@dataclass(frozen=True, slots=True)
class Header:
    """The first line of a file.

    Attributes:
        columns: Names of our columns, in the file's order.
        delimiter: What parts them; `OBJECTS` where each line names its own, of these.
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
    return Header(check_names(text.split(delimiter)), delimiter, size)


def check_names(written: Iterable[str]) -> tuple[str, ...]:
    """Return the names of our columns as a header gives them.

    Raises:
        ImportHeaderRefusedError: A column is unknown, doubled or missing.
    """
    names = [name.strip().strip('"').strip().lower() for name in written]
    wrong = [(place, "", "unknown-column") for place, name in enumerate(names, 1) if name not in COLUMNS]
    wrong += [
        (place, name, "repeated-column")
        for place, name in enumerate(names, 1)
        if name in COLUMNS and name in names[: place - 1]
    ]
    wrong += [(0, name, "missing-column") for name in REQUIRED_COLUMNS if name not in names]
    if wrong:
        raise ImportHeaderRefusedError(wrong)
    return tuple(names)


def read_objects_start(start: bytes, fields: frozenset[str] | None) -> Header:
    """Return the header of a file without one: JSON Lines, whose objects may name the columns that are agreed.

    Args:
        start: The file's beginning.
        fields: Fields of a person that the sender may write; None for all.

    Raises:
        ImportEmptyError: There is no line.
    """
    if not start.removeprefix(_BOM).strip():
        raise ImportEmptyError
    columns = tuple(name for name in COLUMNS if _agreed(name, fields))
    return Header(columns, OBJECTS, len(_BOM) if start.startswith(_BOM) else 0)


def _agreed(column: str, fields: frozenset[str] | None) -> bool:
    return fields is None or column in REQUIRED_COLUMNS or FIELD_OF.get(column, column) in fields


def check_agreed(header: Header, fields: frozenset[str] | None) -> None:
    """Refuse columns that fill fields outside an agreement.

    Args:
        header: As read.
        fields: Fields of a person that the sender may write; None for all.

    Raises:
        ImportColumnsNotAgreedError: There is at least one.
    """
    outside = [place for place, name in enumerate(header.columns, 1) if not _agreed(name, fields)]
    if outside:
        raise ImportColumnsNotAgreedError(outside)


def split_line(line: bytes, columns: Sequence[str], delimiter: str) -> list[str]:
    """Return the texts of a line, one per column; missing ones are empty.

    Raises:
        ValueRefusedError: `row-too-long`, `not-utf8`, `row-malformed` or `too-many-columns`; of an object also
            `unknown-column`, `field-not-agreed`, `repeated-column` or `workbook-broken-off`.
    """
    if len(line) > LONGEST_LINE:
        raise ValueRefusedError("row-too-long")
    try:
        text = line.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        raise ValueRefusedError("not-utf8") from None
    if delimiter == OBJECTS:
        return _members(text, columns)
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


def _members(text: str, columns: Sequence[str]) -> list[str]:
    if text == BROKEN_OFF.decode().strip():
        raise ValueRefusedError("workbook-broken-off")
    try:
        found = _READER.decode(text.strip())
    except (json.JSONDecodeError, RecursionError):
        raise ValueRefusedError("row-malformed") from None
    if not isinstance(found, dict):
        raise ValueRefusedError("row-malformed")
    for name in found:
        if name not in columns:
            raise ValueRefusedError("field-not-agreed" if name in COLUMNS else "unknown-column")
    return [_text(found.get(name)) for name in columns]


def _text(value: Any) -> str:
    """Return a member as a cell would hold it: numbers as written, lists parted by spaces, null empty."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return " ".join(value)
    raise ValueRefusedError("row-malformed")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueRefusedError("repeated-column")
    return members


def _no_number(_: str) -> NoReturn:
    raise ValueRefusedError("row-malformed")


_READER = json.JSONDecoder(object_pairs_hook=_object, parse_int=str, parse_float=str, parse_constant=_no_number)
