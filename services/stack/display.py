"""What a person sees while everything starts and runs: steps with their times, prefixed lines, a table."""

from __future__ import annotations

import json
import logging
import re
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.status import Status
from rich.table import Table
from rich.text import Text

_COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta", "bright_green")
_NAME_WIDTH = 15
_WIDEST_TABLE = 400
_LOG_FILE_BYTES = 32 << 20
_LOUD = frozenset({"warning", "error", "critical"})
_ACCESS_LINE = re.compile(r'"event": ?"(request|audit_sealed)"')
_SHOWN_BEFORE = ("timestamp", "level", "event", "service")


class Display:
    """The launcher's side of the terminal.

    Args:
        logs: Every line of every process also goes to a file of its own here, access lines included.
        verbose: Show access lines on the terminal too.
    """

    def __init__(self, logs: Path, *, verbose: bool) -> None:
        self.console = Console(highlight=False, soft_wrap=True)
        self._logs = logs
        self._verbose = verbose
        self._quiet = True
        self._files: dict[str, RotatingFileHandler] = {}
        self._colours: dict[str, str] = {}

    def sink(self, name: str, line: str) -> None:
        """Take one line of a process: into its file, and, unless it is small talk, to the terminal."""
        self._file(name).emit(logging.LogRecord(name, logging.INFO, "", 0, line, (), None))
        if not self._verbose and _ACCESS_LINE.search(line):
            return
        text, level = readable(line)
        if self._quiet and level not in _LOUD and name != "launcher":
            return
        colour = self._colours.setdefault(name, _COLOURS[len(self._colours) % len(_COLOURS)])
        style = "bold red" if level in _LOUD - {"warning"} else "yellow" if level in _LOUD else ""
        self.console.print(Text.assemble((f"{name:<{_NAME_WIDTH}}│ ", colour), (text, style)))

    def speak_freely(self) -> None:
        """Show ordinary lines from now on: the start is over."""
        self._quiet = False

    @contextmanager
    def step(self, title: str) -> Iterator[Status]:
        """Show that something goes on; afterwards, how long it took. The status may be updated meanwhile."""
        begun = time.monotonic()
        with self.console.status(title) as status:
            yield status
        self.console.print(
            Text.assemble(("  ✓ ", "green"), f"{title:<46}", (f"{time.monotonic() - begun:5.1f} s", "dim"))
        )

    def say(self, sentence: str) -> None:
        """Show a remark."""
        self.console.print(Text.assemble(("  · ", "yellow"), sentence))

    def table(self, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Show a table; its cells are neither cut nor folded, whatever the terminal's width: people copy them."""
        table = Table(title=title, title_justify="left", title_style="bold", show_edge=False, pad_edge=False)
        for column in columns:
            table.add_column(column, no_wrap=True)
        for row in rows:
            table.add_row(*row)
        self.console.print()
        Console(width=_WIDEST_TABLE, highlight=False).print(table)

    def close(self) -> None:
        """Close the files."""
        for file in self._files.values():
            file.close()

    def _file(self, name: str) -> RotatingFileHandler:
        if name not in self._files:
            self._logs.mkdir(parents=True, exist_ok=True)
            path = self._logs / f"{name}.log"
            self._files[name] = RotatingFileHandler(path, maxBytes=_LOG_FILE_BYTES, backupCount=1, encoding="utf-8")
        return self._files[name]


def readable(line: str) -> tuple[str, str]:
    """Turn one of our JSON log lines into a short sentence; return it with its level, any other line as it is."""
    if not line.startswith("{"):
        return line, "info"
    try:
        fields: Mapping[str, Any] = json.loads(line)
    except ValueError:
        return line, "info"
    rest = " ".join(f"{name}={value}" for name, value in fields.items() if name not in _SHOWN_BEFORE)
    return f"{fields.get('event', '')} {rest}".strip(), str(fields.get("level", "info"))
