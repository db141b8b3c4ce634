"""What pages load: one style sheet and a few small scripts, from here and nowhere else."""

import os
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

from starlette.responses import Response
from starlette.staticfiles import StaticFiles

FOLDER = Path(__file__).parents[1] / "static"
_HEADERS = {
    "cache-control": "public, max-age=3600",
    "cross-origin-resource-policy": "same-origin",
    "x-content-type-options": "nosniff",
}


class Assets(StaticFiles):
    """The gateway's static files."""

    def __init__(self) -> None:
        super().__init__(directory=FOLDER)

    def file_response(
        self,
        full_path: str | os.PathLike[str],
        stat_result: os.stat_result,
        scope: MutableMapping[str, Any],
        status_code: int = 200,
    ) -> Response:
        """Return a file, to be kept for an hour and used by our own pages alone."""
        response = super().file_response(full_path, stat_result, scope, status_code)
        response.headers.update(_HEADERS)
        return response
