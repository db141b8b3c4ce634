"""Check every store's migrations on a database of their own; run by `scripts/check`.

One newest revision, the one that the file HEAD names; up, down to nothing and up again; tables as the code
declares them; and SQL that a linter finds safe to run beside a working service.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from procrastinate.schema import SchemaManager

from services.stack.migrations import STORES, configuration, heads, migrate
from services.stack.postgres import Server
from services.stack.stores import create_store

_ENTERABLE = 0o711
_NOT_OURS = re.compile(r"CREATE TABLE alembic_version \(.*?\);", re.DOTALL)
_EXCLUDED = (
    "prefer-robust-stmts",  # a migration that broke off was rolled back whole: IF NOT EXISTS would hide a mistake
    "require-timeout-settings",  # kit.migrations sets them on the connection, where the linter cannot see them
    "prefer-bigint-over-int",  # our integers are counts, versions and codes; identifiers are uuid or bigint
)


def main() -> int:
    """Check all stores, print what was found, and return the exit code."""
    findings: list[str] = []
    with scratch_server() as server:
        for store in STORES:
            try:
                found = [f"{store}: {finding}" for finding in check(store, create_store(server, store).owner_url)]
            except Exception as error:  # noqa: BLE001 - whatever a migration raises must not hide the other stores
                found = [f"{store}: {type(error).__name__}: {error}"]
            print(f"{store}: {'ok' if not found else f'{len(found)} findings'}")
            findings += found
    print(*findings, sep="\n")
    return 1 if findings else 0


def check(store: str, owner_url: str) -> Iterator[str]:
    """Yield what is wrong with one store's migrations.

    Args:
        store: A section of `services/alembic.ini`.
        owner_url: An empty database of the store, for its owner role.
    """
    config = configuration(store, owner_url)
    config.stdout = io.StringIO()  # Alembic's own remarks; what matters is yielded
    newest = heads(store)
    if len(newest) != 1:
        yield f"the history has {len(newest)} newest revisions: {', '.join(newest)}"
        return
    named = (Path(ScriptDirectory.from_config(config).dir) / "HEAD").read_text(encoding="utf-8").strip()
    if named != newest[0]:
        yield f"the file HEAD names {named}, the newest revision is {newest[0]}"
    migrate(store, owner_url)
    command.downgrade(config, "base")
    migrate(store, owner_url)
    try:
        with warnings.catch_warnings():
            # PostgreSQL's xid8 has no type in SQLAlchemy; the column is ours and compared by name.
            warnings.filterwarnings("ignore", message="Did not recognize type 'xid8'")
            command.check(config)
    except CommandError as drift:
        yield str(drift)
    yield from _lint(store, owner_url)


@contextmanager
def scratch_server() -> Iterator[Server]:
    """Yield a PostgreSQL server for this check alone."""
    folder = Path(tempfile.mkdtemp(prefix="indimaj-check-"))
    folder.chmod(_ENTERABLE)
    try:
        with Server(folder / "postgres", scratch=True) as server:
            yield server
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _lint(store: str, owner_url: str) -> Iterator[str]:
    """Yield the linter's findings in the SQL of all revisions, without what Alembic and the job queue bring along."""
    text = io.StringIO()
    config = configuration(store, owner_url)
    config.output_buffer = text
    command.upgrade(config, "head", sql=True)
    queue_schema = SchemaManager.get_schema().strip().replace("\t", "    ")  # as Alembic prints it
    statements = _NOT_OURS.sub("", text.getvalue().replace(queue_schema, ""))
    linter = shutil.which("squawk", path=str(Path(sys.executable).parent))
    if linter is None:
        yield "squawk is not installed: scripts/install embedded,dev"
        return
    made = subprocess.run(
        [
            linter,
            "--pg-version=18.0",
            "--reporter=gcc",
            f"--exclude={','.join(_EXCLUDED)}",
            f"--stdin-filepath={store}.sql",
        ],
        input=statements,
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        yield from (made.stdout + made.stderr).splitlines()


if __name__ == "__main__":
    sys.exit(main())
