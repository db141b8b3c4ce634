"""Stop what `up` started here, whether its launcher still runs or was killed."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from services.stack.installation import DEFAULT_FOLDER, Installation
from services.stack.postgres import Server

_LIMIT_S = 60.0
_POLL_S = 0.1


def down(*, folder: Path | None) -> int:
    """Ask the launcher to stop, wait for it, then stop PostgreSQL where a killed launcher left it; return 0 when done.

    Args:
        folder: The folder given to `up`.
    """
    installation = Installation((folder or DEFAULT_FOLDER).resolve())
    if not installation.folder.is_dir():
        print(f"nothing was ever started in {installation.folder}")
        return 0
    launcher = installation.launcher()
    if launcher is not None:
        os.kill(launcher, signal.SIGTERM)
        deadline = time.monotonic() + _LIMIT_S
        while installation.launcher() == launcher:
            if time.monotonic() > deadline:
                print(f"the launcher (process {launcher}) does not end")
                return 1
            time.sleep(_POLL_S)
    Server(installation.postgres_folder).stop()
    print("stopped; the data are kept")
    return 0
