"""Structured log lines: a static message and allow-listed fields. Ids, never names; no bodies, no query strings."""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any

import structlog

FIELDS = frozenset(
    {
        "attempt", "client_id", "count", "cursor", "done", "duration_ms", "error", "event", "job_id", "kind", "level",
        "method", "operation", "organisation", "port", "purpose", "reason", "request_id", "revision", "route",
        "service", "status", "store", "timestamp", "total", "upstream", "version",
    }
)  # fmt: skip


def configure(service: str, level: str = "INFO") -> None:
    """Write JSON lines to standard error, each naming the service."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _Named(service),
            only_allowed,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    foreign = logging.StreamHandler(sys.stderr)
    foreign.setFormatter(WithoutValues("%(levelname)s %(name)s %(message)s"))
    logging.basicConfig(level=logging.WARNING, handlers=[foreign], force=True)


class WithoutValues(logging.Formatter):
    """Format what libraries log: of an error its type and places alone, for its text may repeat a row of a table."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's own name
        """Return the error's type and where it was raised, innermost first."""
        kind, _, trace = ei
        places = [f"{frame.filename.rpartition('/')[2]}:{frame.lineno}" for frame in traceback.extract_tb(trace)[-4:]]
        return f"{getattr(kind, '__name__', 'Error')} at {' < '.join(reversed(places))}"


def only_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
    """Drop every field that the allow-list does not name: a forgotten one costs a detail, not a person."""
    return {name: value for name, value in event.items() if name in FIELDS}


class _Named:
    """Add the service's name."""

    def __init__(self, service: str) -> None:
        self._service = service

    def __call__(self, _logger: Any, _method: str, event: MutableMapping[str, Any]) -> Mapping[str, Any]:
        return {"service": self._service, **event}


log: structlog.stdlib.BoundLogger = structlog.get_logger()
