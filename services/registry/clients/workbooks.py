"""Workbooks (XLSX, ISO/IEC 29500) as rows of texts, read from front to back in bounded memory.

The zip and XML parsers of the standard library read a sheet as it streams by. A reader that holds a sheet as a grid,
as calamine does, must find room for every cell up to the last: one cell in the far corner asks for seventeen billion.
"""

import re
import zipfile
import zlib
from array import array
from collections.abc import Iterator
from datetime import datetime, timedelta
from tempfile import SpooledTemporaryFile
from typing import IO
from xml.parsers import expat  # document types are refused below, and with them every entity

from services.registry.clients.workbook_styles import dates_1904, first_sheet, styles_with_dates

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_COLUMNS = 200
LONGEST_CELL = 32_767
MOST_UNPACKED = 4 * 1024**3
_PIECE = 64 * 1024
_IN_MEMORY = 8 * 1024 * 1024
_REFERENCE = re.compile(r"([A-Z]{1,3})[0-9]{1,7}")
_WHOLE = 10**15


class NotAWorkbookError(Exception):
    """What is no workbook, or cannot be read any further."""


class _Strings:
    """The workbook's shared texts, on disk; in memory only where each begins."""

    def __init__(self) -> None:
        self._file = SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115  # it goes with this object
        self._starts = array("Q", [0])

    def add(self, text: str) -> None:
        written = text.encode("utf-8", "surrogatepass")
        self._file.write(written)
        self._starts.append(self._starts[-1] + len(written))

    def __getitem__(self, place: int) -> str:
        if not 0 <= place < len(self._starts) - 1:
            raise NotAWorkbookError
        self._file.seek(self._starts[place])
        length = self._starts[place + 1] - self._starts[place]
        return self._file.read(length).decode("utf-8", "surrogatepass")

    def close(self) -> None:
        self._file.close()


class _Events:
    """Collects the elements that stream by: shared texts, or the cells of rows."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.items: list[str] = []
        self.rows: list[dict[int, tuple[str, int, str]]] = []
        self._row: dict[int, tuple[str, int, str]] = {}
        self._cell = ("n", 0)
        self._column = -1
        self._parts: list[str] = []
        self._length = 0
        self._taking = self._phonetic = False

    @staticmethod
    def _refuse(*_: object) -> None:
        raise NotAWorkbookError

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition("}")[2]
        if tag in {"v", "t"}:
            self._taking = not self._phonetic
        elif tag in {"c", "si"}:
            self._parts, self._length = [], 0
            if tag == "c":
                self._column = _column_of(attributes.get("r"), self._column)
                style = attributes.get("s", "0")
                self._cell = (attributes.get("t", "n"), int(style) if style.isdecimal() else 0)
        elif tag == "row":
            self._row, self._column = {}, -1
        elif tag == "rPh":
            self._phonetic = True

    def _end(self, name: str) -> None:
        tag = name.rpartition("}")[2]
        if tag in {"v", "t"}:
            self._taking = False
        elif tag == "c":
            if self._parts and self._column < MOST_COLUMNS:
                self._row[self._column] = (*self._cell, "".join(self._parts))
        elif tag == "si":
            self.items.append("".join(self._parts))
        elif tag == "row":
            self.rows.append(self._row)
        elif tag == "rPh":
            self._phonetic = False

    def _text(self, text: str) -> None:
        if self._taking and self._length <= LONGEST_CELL:
            self._parts.append(text)
            self._length += len(text)


def _column_of(reference: str | None, previous: int) -> int:
    """Return the place of a cell's column from 0; a cell without a reference follows the one before it."""
    found = _REFERENCE.fullmatch(reference) if reference else None
    if found is None:
        return previous + 1
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return column - 1


def read_rows(file: IO[bytes]) -> Iterator[list[str]]:
    """Yield the rows of the first sheet, each a list of texts up to its last cell; rows without a text are left out.

    Dates come as `YYYY-MM-DD`, whole numbers without a point.

    Raises:
        NotAWorkbookError: It is none, or breaks off.
    """
    strings = _Strings()
    try:
        with zipfile.ZipFile(file) as package:
            sheet = first_sheet(package)
            dated = styles_with_dates(package)
            epoch = datetime(1904, 1, 1) if dates_1904(package) else datetime(1899, 12, 30)  # noqa: DTZ001  # civil
            if "xl/sharedStrings.xml" in package.namelist():
                for events in _parsed(package, "xl/sharedStrings.xml"):
                    for text in events.items:
                        strings.add(text)
                    events.items.clear()
            for events in _parsed(package, sheet):
                for row in events.rows:
                    texts = {place: _cell_text(cell, strings, dated, epoch) for place, cell in row.items()}
                    if any(text.strip() for text in texts.values()):
                        yield [texts.get(place, "") for place in range(max(texts) + 1)]
                events.rows.clear()
    except (zipfile.BadZipFile, expat.ExpatError, KeyError, EOFError, ValueError, NotImplementedError, OSError,
            RuntimeError, OverflowError, zlib.error) as trouble:  # fmt: skip
        raise NotAWorkbookError from trouble
    finally:
        strings.close()


def _parsed(package: zipfile.ZipFile, name: str) -> Iterator[_Events]:
    """Read a part piece by piece; what each piece has brought is to be taken before the next is asked for."""
    events, size = _Events(), 0
    with package.open(name) as part:
        while piece := part.read(_PIECE):
            size += len(piece)
            if size > MOST_UNPACKED:
                raise NotAWorkbookError
            try:
                events.parser.Parse(piece, False)
            finally:
                yield events  # what came before the trouble is good
    events.parser.Parse(b"", True)


def _cell_text(cell: tuple[str, int, str], strings: _Strings, dated: frozenset[int], epoch: datetime) -> str:
    kind, style, written = cell
    if kind == "s":
        return strings[int(written)]
    if kind == "b":
        return "true" if written == "1" else "false"
    if kind != "n":
        return written
    number = float(written)
    if style in dated:
        return (epoch + timedelta(days=number)).date().isoformat()
    return str(int(number)) if number.is_integer() and abs(number) < _WHOLE else written
