"""The services' published documents, read at start."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import orjson

SERVICES = ("registry", "health", "training")


def read_documents(folder: Path) -> Mapping[str, Mapping[str, Any]]:
    """Return the documents by service.

    Raises:
        FileNotFoundError: One is missing; `python -m services publish-openapi` writes them.
        ValueError: One is not a JSON object.
    """
    documents = {service: orjson.loads((folder / f"{service}.json").read_bytes()) for service in SERVICES}
    if not all(isinstance(document, dict) for document in documents.values()):
        raise ValueError("a published document is a JSON object")
    return documents
