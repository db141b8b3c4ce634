# ruff: noqa: INP001  # a script that is run by its path, not a module

"""Say whether this container does its work; the image's HEALTHCHECK. Standard library only.

One image runs everything, so the check first looks at what PID 1 was started as:

    serve NAME   its readiness probe must answer 200
    work NAME    it must hold a connection to PostgreSQL, which it listens on for jobs

Any other command (a migration, a shell) is healthy for as long as it runs.
"""

import sys
import urllib.error
import urllib.request
from pathlib import Path

PORTS = {"gateway": 8000, "registry": 8001, "health": 8002, "training": 8003}
PATIENCE_SECONDS = 3.0
ESTABLISHED = "01"
POSTGRES_PORT = 5432


def is_ready(url: str) -> bool:
    """Ask a readiness probe."""
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  # our own loopback URL
            return bool(answer.status == 200)  # noqa: PLR2004  # the status the probe gives
    except (OSError, urllib.error.URLError):
        return False


def holds_connection(tables: str, *, port: int) -> bool:
    """Say whether a connection to the port is established, from the text of /proc/net/tcp and tcp6."""
    wanted = f":{port:04X}"
    rows = [line.split() for line in tables.splitlines()]
    return any(len(row) > 3 and row[2].endswith(wanted) and row[3] == ESTABLISHED for row in rows)  # noqa: PLR2004


def main() -> int:
    """Return the exit code of the check."""
    words = Path("/proc/1/cmdline").read_text(encoding="utf-8").split("\0")
    if "serve" in words:
        name = words[words.index("serve") + 1]
        port = words[words.index("--port") + 1] if "--port" in words else PORTS[name]
        return 0 if is_ready(f"http://127.0.0.1:{port}/readyz") else 1
    if "work" in words:
        tables = "".join(Path(f"/proc/1/net/{table}").read_text(encoding="ascii") for table in ("tcp", "tcp6"))
        return 0 if holds_connection(tables, port=POSTGRES_PORT) else 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
