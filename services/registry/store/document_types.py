"""Types of document: as the packaged file has them, for the migration that seeds them."""

from importlib.resources import files
from typing import Any

import yaml

_FILE = files("services.registry") / "reference" / "document_types.yaml"


def rows() -> list[dict[str, Any]]:
    """Return the rows of `document_type`, in the file's order."""
    document = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return [
        {
            "position": position,
            **{name: value for name, value in row.items() if name not in {"from", "to"}},
            "valid_from": row["from"],
            "valid_to": row["to"],
        }
        for position, row in enumerate(document["document_types"], 1)
    ]
