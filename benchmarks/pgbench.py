"""The plainest client of the same database: pgbench with prepared statements, as often as it can."""

import re
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from services.stack import binaries


class PgbenchError(RuntimeError):
    """pgbench did not run its statements."""


def read_rate(printed: str) -> float:
    """Read transactions per second from what pgbench printed.

    Raises:
        PgbenchError: There is no such line, or transactions failed.
    """
    rate = re.search(r"^tps = ([\d.]+)", printed, re.MULTILINE)
    failed = re.search(r"number of failed transactions: (\d+)", printed)
    if rate is None or (failed is not None and int(failed[1]) > 0):
        raise PgbenchError(f"pgbench measured nothing:\n{printed}")
    return float(rate[1])


def literal(value: object) -> str:
    """Return a value as SQL text.

    Raises:
        ValueError: A string holds what could end it.
    """
    if value is None:
        return "NULL"
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return f"ARRAY[{', '.join(literal(item) for item in value)}]::text[]"
    text = str(value)
    if any(char in text for char in "'\\\n"):
        raise ValueError("values in a script hold no quotes, backslashes or line ends")
    return f"'{text}'"


def inlined(statement: str, values: Sequence[object]) -> str:
    """Return a statement with `$1`, `$2`, ... replaced by values; pgbench prepares it once for each client.

    A colon in a string would be a variable to pgbench: it is written as an escape, which PostgreSQL reads as the same.

    Args:
        statement: One SQL statement on one or many lines.
        values: By position.
    """
    replaced = re.sub(r"\$(\d+)", lambda found: literal(values[int(found[1]) - 1]), statement)
    shielded = re.sub(r"'[^']*'", _without_colons, replaced)
    return " ".join(shielded.split()).rstrip("; ") + ";"


def _without_colons(string: re.Match[str]) -> str:
    text = string[0]
    return "E" + text.replace(":", "\\x3A") if ":" in text else text


def run(
    url: str, scripts: Sequence[Path], *, clients: int, seconds: int, core: int | None, options: Mapping[str, str]
) -> float:
    """Return transactions per second.

    Args:
        url: The database and the role.
        scripts: One transaction each; chosen at random.
        clients: Connections.
        seconds: Length of the run.
        core: Core pgbench may use; all when None.
        options: Settings of its sessions, such as `synchronous_commit`.

    Raises:
        PgbenchError: As `read_rate`, or pgbench failed.
    """
    parts = urlsplit(url)
    command = [
        *(("taskset", "-c", str(core)) if core is not None else ()),
        str(binaries.programs(binaries.wheel_folder()) / "pgbench"),
        *("-n", "-M", "prepared", "-j", "1", "-c", str(clients), "-T", str(seconds)),
        *("-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username)),
        *(word for script in scripts for word in ("-f", str(script))),
        parts.path.lstrip("/"),
    ]
    environment = {
        "PGPASSWORD": parts.password or "",
        "PGOPTIONS": " ".join(f"-c {name}={value}" for name, value in options.items()),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=seconds + 60)
    if done.returncode != 0:
        raise PgbenchError(done.stderr or done.stdout)
    return read_rate(done.stdout)
