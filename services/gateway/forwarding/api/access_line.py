"""One line per forwarded call: ids and a route template, never a path, a query or a body.

The same line as `services.kit.edge` writes, by a shorter road: structlog's costs more than the forwarding itself. Lines
are kept as they come, and put into words and written together a few times a second, and when the process ends.
"""

import asyncio
import os
import sys
from datetime import datetime
from typing import Any, NamedTuple

import orjson
import structlog

from services.gateway.forwarding.domain.operations import Operation
from services.kit.logs import log

EVERY_S = 0.1
TOGETHER = 256


class Line(NamedTuple):
    """What is kept of a call.

    Attributes:
        at: When it came.
        duration_s: Until its answer was on its way.
        reason: Name of the refusal, if it was refused.
    """

    at: datetime
    duration_s: float
    method: str
    operation: Operation | None
    status: int
    request_id: str
    client_id: str | None
    reason: str | None


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
        self._waiting: list[Line] = []
        self._loop: asyncio.AbstractEventLoop | None = None

    def write(self, line: Line) -> None:
        """Write a line, now or in a moment."""
        if self._silent:
            return
        self._waiting.append(line)
        if self._plain or len(self._waiting) >= TOGETHER:
            self.flush()
        elif len(self._waiting) == 1:
            if self._loop is None:
                self._loop = asyncio.get_running_loop()
            self._loop.call_later(EVERY_S, self.flush)

    def flush(self) -> None:
        """Write all that is waiting."""
        if not self._waiting:
            return
        lines, self._waiting = self._waiting, []
        if self._plain:
            for line in lines:
                log.info("request", **_fields(line))
            return
        text = b"".join([_json(line) for line in lines])
        os.write(sys.stderr.fileno() if self._target is None else self._target, text)


def _fields(line: Line) -> dict[str, Any]:
    operation = line.operation
    fields: dict[str, Any] = {
        "method": line.method,
        "route": operation.template if operation else "-",
        "status": line.status,
        "duration_ms": round(line.duration_s * 1000, 2),
        "request_id": line.request_id,
    }
    if operation is not None:
        fields["operation"], fields["upstream"] = operation.operation_id, operation.service
    if line.client_id is not None:
        fields["client_id"] = line.client_id
    if line.reason is not None:
        fields["reason"] = line.reason
    return fields


def _json(line: Line) -> bytes:
    fields = _fields(line) | {"service": "gateway", "event": "request", "level": "info", "timestamp": line.at}
    return orjson.dumps(fields, option=orjson.OPT_UTC_Z | orjson.OPT_APPEND_NEWLINE)
