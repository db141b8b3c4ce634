"""One line per forwarded call: ids and a route template, never a path, a query or a body.

The same line as `services.kit.edge` writes, by a shorter road: structlog's costs more than the forwarding itself. Lines
are written together a few times a second, or when many are waiting; what is written when the process ends is all of them.
"""

import asyncio
import os
import sys
from datetime import datetime
from typing import Any

import orjson
import structlog

from services.kit.logs import log

EVERY_S = 0.1
TOGETHER = 128


class AccessLines:
    """Writes access lines.

    Args:
        level: The process's log level; nothing is written above INFO.
        target: File descriptor; standard error where left out, and structlog where the process has set no logging up.
    """

    def __init__(self, level: str, target: int | None = None) -> None:
        self._silent = level.upper() not in {"DEBUG", "INFO"}
        self._plain = target is None and not structlog.is_configured()
        self._target = target
        self._waiting: list[bytes] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def write(self, fields: dict[str, Any], at: datetime) -> None:
        """Write a line, now or in a moment."""
        if self._silent:
            return
        if self._plain:
            log.info("request", **fields)
            return
        line = {**fields, "service": "gateway", "event": "request", "level": "info", "timestamp": at}
        self._waiting.append(orjson.dumps(line, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE))
        if len(self._waiting) >= TOGETHER:
            self.flush()
        elif len(self._waiting) == 1:
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            self._loop.call_later(EVERY_S, self.flush)

    def flush(self) -> None:
        """Write all that is waiting."""
        if self._waiting:
            lines, self._waiting = b"".join(self._waiting), []
            os.write(sys.stderr.fileno() if self._target is None else self._target, lines)
