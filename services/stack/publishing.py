"""Write the services' OpenAPI documents to `docs/openapi`, where the gateway and partners read them."""

from __future__ import annotations

import importlib
import json
import os
from pathlib import Path

from services.stack.serving import SERVICES

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"

# A document says nothing about an installation. The settings must be there, and are never used: nothing connects.
_ANY_KEY = "0" * 64
_ANY_SETTINGS = {
    "INDIMAJ_ENVIRONMENT": "test",
    "INDIMAJ_GATEWAY_URL": "http://127.0.0.1:8000",
    "INDIMAJ_GATEWAY_KEY_ENCRYPTION_KEY": _ANY_KEY,
    "INDIMAJ_IDENTIFIER_HASH_KEY": _ANY_KEY,
    "INDIMAJ_PSEUDONYM_KEY": _ANY_KEY,
    **{f"INDIMAJ_{name.upper()}_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none" for name in SERVICES},
}


def publish(*, check: bool) -> list[Path]:
    """Write each service's document that is not current, the gateway's last: it is made of the others.

    Args:
        check: Write nothing, only compare.

    Returns:
        The files that were not current.
    """
    os.environ.update(_ANY_SETTINGS)
    stale = []
    for name in SERVICES:
        path = FOLDER / f"{name}.json"
        text = document_of(name)
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return stale


def document_of(name: str) -> str:
    """Return a service's OpenAPI document as published: JSON, indented, one line end."""
    application = importlib.import_module(f"services.{name}.app").create_app()
    return json.dumps(application.openapi(), indent=2, ensure_ascii=False) + "\n"
