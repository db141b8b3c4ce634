"""A PostgreSQL server of the test run's own, and a fresh database for each test that asks for one.

Every database is a copy of a template that the real migrations made: copying takes some 30 ms.
"""

from __future__ import annotations

import fcntl
import itertools
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from services.stack.migrations import migrate
from services.stack.postgres import Server
from services.stack.stores import Store, clone_store, create_store, drop_database

_PREFIX = "indimaj-tests-"
_ENTERABLE = 0o711
_NOT_YET_LOCKED_S = 60.0


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Yield a folder that an unprivileged user can enter too, removed afterwards; first clear what killed runs left.

    A lock file tells the living from the dead: the system lets go of a lock when its holder ends, however it ends.
    """
    _remove_leftovers()
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX))
    folder.chmod(_ENTERABLE)
    with (folder / "in-use").open("w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def _remove_leftovers() -> None:
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        try:
            if time.time() - (folder / "in-use").stat().st_mtime < _NOT_YET_LOCKED_S:
                continue
            with (folder / "in-use").open("r+", encoding="utf-8") as file:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                # Its server has ended with its test run; should it still be there, it goes now.
                Server(folder / "postgres", scratch=True).destroy()
                shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            continue  # in use, just being made, or another user's


class Databases:
    """Hands out fresh databases of each store, copied from a template that is migrated at its first use."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._templates: dict[str, Store] = {}
        self._numbers = itertools.count(1)

    def template(self, store: str) -> Store:
        """Return the store's migrated template; connect to it only through a copy."""
        if store not in self._templates:
            made = create_store(self.server, store)
            migrate(store, made.owner_url)
            self._templates[store] = made
        return self._templates[store]

    @contextmanager
    def fresh(self, store: str) -> Iterator[Store]:
        """Yield a migrated database of its own, dropped afterwards."""
        self.template(store)
        copy = clone_store(self.server, store, f"{store}_test_{next(self._numbers)}")
        try:
            yield copy
        finally:
            drop_database(self.server, copy.name)
