"""Files of rows as they are written: CSV, JSON Lines, workbooks. In bounded memory, whatever their length."""

import csv
import io
import json
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Protocol

import xlsxwriter  # type: ignore[import-untyped]  # it has no types

from services.registry.domain.export_rows import guarded
from services.registry.domain.import_files import Format

ROWS_OF_A_SHEET = 1_048_575
PIECE = 1024 * 1024

MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.JSONL: "application/jsonl",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class RowFile(Protocol):
    """A file that rows are written to."""

    def write(self, rows: Iterable[Sequence[str]]) -> bytes:
        """Write rows; return the bytes that are ready so far."""

    def end(self) -> Iterator[bytes]:
        """Yield the bytes that are left, in pieces."""


class _Csv:
    def __init__(self, columns: Sequence[str]) -> None:
        self._header: list[Sequence[str]] = [columns]

    def write(self, rows: Iterable[Sequence[str]]) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerows(self._header)
        self._header = []
        writer.writerows([guarded(value) for value in row] for row in rows)
        return text.getvalue().encode("utf-8", "replace")

    def end(self) -> Iterator[bytes]:
        yield self.write(())


class _Lines:
    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns

    def write(self, rows: Iterable[Sequence[str]]) -> bytes:
        objects = ({name: text for name, text in zip(self._columns, row, strict=True) if text} for row in rows)
        return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in objects).encode("utf-8", "replace")

    def end(self) -> Iterator[bytes]:
        yield b""


class _Workbook:
    """Rows go to disk as they come; the workbook is packed when all are there. Past a sheet's end a new one begins."""

    def __init__(self, columns: Sequence[str]) -> None:
        self._columns = columns
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed at the end
        self._book = xlsxwriter.Workbook(self._file, {"constant_memory": True, "strings_to_formulas": False})
        self._row = 0
        self._sheet = self._next_sheet()

    def _next_sheet(self) -> Any:
        sheet = self._book.add_worksheet()
        sheet.write_row(0, 0, self._columns)
        self._row = 0
        return sheet

    def write(self, rows: Iterable[Sequence[str]]) -> bytes:
        for row in rows:
            if self._row == ROWS_OF_A_SHEET:
                self._sheet = self._next_sheet()
            self._row += 1
            for place, text in enumerate(row):
                if text:
                    self._sheet.write_string(self._row, place, text)
        return b""

    def end(self) -> Iterator[bytes]:
        with self._file:
            self._book.close()
            self._file.seek(0)
            while piece := self._file.read(PIECE):
                yield piece


def row_file(written: Format, columns: Sequence[str]) -> RowFile:
    """Return a new file of rows with these columns."""
    kinds: dict[Format, type[_Csv | _Lines | _Workbook]] = {
        Format.CSV: _Csv,
        Format.JSONL: _Lines,
        Format.XLSX: _Workbook,
    }
    return kinds[written](columns)
