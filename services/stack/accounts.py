"""Decide which user PostgreSQL runs as, and in which folder that user can work.

PostgreSQL refuses to run as root, and rightly so. Started by an ordinary user it runs as that user, in the
folder asked for. Started by root it runs as `nobody`; where that user cannot enter the folder (a checkout
below root's home, say), the data goes to a system folder instead. No existing folder is ever opened up.
"""

from __future__ import annotations

import hashlib
import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

_UNPRIVILEGED = "nobody"
_SYSTEM_FOLDERS = Path("/var/lib")
_ENTERABLE = 0o755
_DIGEST_LENGTH = 12


class SpawnOptions(TypedDict, total=False):
    """The arguments of `subprocess` that choose the user a program runs as."""

    user: int
    group: int
    extra_groups: list[int]


@dataclass(frozen=True, slots=True)
class Account:
    """The operating system user that PostgreSQL runs as."""

    uid: int
    gid: int

    @property
    def is_ours(self) -> bool:
        """Say whether programs run as this user without changing users."""
        return self.uid == os.geteuid()

    def spawn_options(self) -> SpawnOptions:
        """Return what `subprocess.Popen` needs to run a program as this user."""
        return {} if self.is_ours else {"user": self.uid, "group": self.gid, "extra_groups": []}

    def give(self, path: Path) -> None:
        """Make this user the owner of a file or folder of ours."""
        if not self.is_ours:
            os.chown(path, self.uid, self.gid)

    def can_enter(self, folder: Path) -> bool:
        """Try whether this user reaches the folder: asked of the system, so that ACLs and mounts count."""
        if self.is_ours:
            return os.access(folder, os.X_OK)
        attempt = subprocess.run(
            ["/bin/sh", "-c", 'cd -- "$1"', "sh", str(folder)],
            cwd="/",
            check=False,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **self.spawn_options(),
        )
        return attempt.returncode == 0


def account_for(data: Path) -> Account:
    """Choose the user that runs PostgreSQL: the data's owner when there is data, never root.

    Args:
        data: The data directory; it need not exist.
    """
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid())
    if data.is_dir() and data.stat().st_uid != 0:
        return Account(data.stat().st_uid, data.stat().st_gid)
    unprivileged = pwd.getpwnam(_UNPRIVILEGED)
    return Account(unprivileged.pw_uid, unprivileged.pw_gid)


def reachable_home(wanted: Path) -> Path:
    """Return the folder to keep PostgreSQL in: the one wanted, or a system folder where nobody could enter that.

    Args:
        wanted: Absolute path; it need not exist.
    """
    existing = next(folder for folder in (wanted, *wanted.parents) if folder.is_dir())
    if account_for(wanted / "data").can_enter(existing):
        return wanted
    digest = hashlib.sha256(str(wanted).encode()).hexdigest()[:_DIGEST_LENGTH]
    return _SYSTEM_FOLDERS / f"indimaj-{digest}"


def make_folder(folder: Path) -> None:
    """Create a folder and what is missing above it, enterable whatever the umask; what exists stays as it is."""
    missing = [path for path in (folder, *folder.parents) if not path.is_dir()]
    for path in reversed(missing):
        path.mkdir(exist_ok=True)
        path.chmod(_ENTERABLE)
