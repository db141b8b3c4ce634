"""Keep small JSON documents with secrets in files that only their owner can read."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

_OWNER_ONLY = 0o600


def read_document(path: Path) -> dict[str, Any]:
    """Return the document, or an empty one when the file is not there.

    Raises:
        ValueError: The file is no JSON object.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    if not isinstance(document, dict):
        raise ValueError(f"{path} holds no JSON object")  # noqa: TRY004 - the content is wrong, not a type in the code
    return document


def write_document(path: Path, document: dict[str, Any]) -> None:
    """Replace the document in one step: a reader, or a power cut, sees the old one or the new one."""
    partial = path.with_name(f"{path.name}.partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ONLY)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(document, file, indent=2, ensure_ascii=False)
        file.write("\n")
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)
