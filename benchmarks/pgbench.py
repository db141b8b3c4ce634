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


def script(statement: str, names: Sequence[str]) -> str:
    """Return a statement as a line of a script: `$1`, `$2`, ... become pgbench's variables, sent as parameters.

    A colon in a string would be a variable to pgbench: it is written as an escape, which PostgreSQL reads as the same.

    Args:
        statement: One SQL statement on one or many lines.
        names: Variables by position.
    """
    shielded = re.sub(r"'[^']*'", _without_colons, statement)
    named = re.sub(r"\$(\d+)", lambda found: f":{names[int(found[1]) - 1]}", shielded)
    return " ".join(named.split()).rstrip("; ") + ";"


def _without_colons(string: re.Match[str]) -> str:
    text = string[0]
    return "E" + text.replace(":", "\\x3A") if ":" in text else text


def run(
    url: str,
    file: Path,
    *,
    variables: Mapping[str, str],
    clients: int,
    seconds: int,
    settings: Mapping[str, str],
) -> float:
    """Return transactions per second.

    Args:
        url: The database and the role.
        file: The script.
        variables: Values of the script's variables.
        clients: Connections, driven by one thread.
        seconds: Length of the run.
        settings: Settings of its sessions, such as `synchronous_commit`.

    Raises:
        PgbenchError: As `read_rate`, or pgbench failed.
    """
    parts = urlsplit(url)
    command = [
        str(binaries.programs(binaries.wheel_folder()) / "pgbench"),
        *("-n", "-M", "prepared", "-j", "1", "-c", str(clients), "-T", str(seconds)),
        *("-h", str(parts.hostname), "-p", str(parts.port), "-U", str(parts.username)),
        *(word for name, value in variables.items() for word in ("-D", f"{name}={value}")),
        *("-f", str(file)),
        parts.path.lstrip("/"),
    ]
    environment = {
        "PGPASSWORD": parts.password or "",
        "PGOPTIONS": " ".join(f"-c {name}={value}" for name, value in settings.items()),
    }
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=seconds + 60)
    if done.returncode != 0:
        raise PgbenchError(done.stderr or done.stdout)
    return read_rate(done.stdout)
