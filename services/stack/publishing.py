"""Write the services' OpenAPI documents to `docs/openapi`, where the gateway and partners read them."""

from __future__ import annotations

import functools
import importlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from services.stack.serving import SERVICES

FOLDER = Path(__file__).parents[2] / "docs" / "openapi"

PROBLEMS_PAGE = FOLDER.parent / "problems.md"
_PROBLEMS_HEAD = """# Problems

Every refusal is `application/problem+json` (RFC 9457) with this `code`, a pointer to the field where there is one, and
what to do in French, Arabic or English by `Accept-Language`. `/problems/<code>` is a page about it. Written by
`scripts/publish-openapi`.

| code | status | what happened | what to do |
|---|---|---|---|
"""

# A document says nothing about an installation. The settings must be there, and are never used: nothing connects.
_ANY_KEY = "0" * 64
_ANY_SETTINGS = {
    "INDIMAJ_ENVIRONMENT": "test",
    "INDIMAJ_GATEWAY_URL": "http://127.0.0.1:8000",
    "INDIMAJ_GATEWAY_KEY_ENCRYPTION_KEY": _ANY_KEY,
    "INDIMAJ_IDENTIFIER_HASH_KEY": _ANY_KEY,
    "INDIMAJ_PSEUDONYM_KEY": _ANY_KEY,
    "INDIMAJ_REGISTRY_BLOB_KEY": _ANY_KEY,
    **{f"INDIMAJ_{name.upper()}_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none" for name in SERVICES},
}


def publish(*, check: bool) -> list[Path]:
    """Write each document that is not current: the services', the gateway's, made of them, and the page made of that.

    Args:
        check: Write nothing, only compare.

    Returns:
        The files that were not current.
    """
    os.environ.update(_ANY_SETTINGS)
    texts: dict[Path, Callable[[], str]] = {
        FOLDER / f"{name}.json": functools.partial(document_of, name) for name in SERVICES
    }
    texts[PROBLEMS_PAGE] = problems_page
    stale = []
    for path, write in texts.items():
        text = write()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(path)
            if not check:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
    return stale


def problems_page() -> str:
    """Return every refusal with what to do, as a page for readers; the gateway serves the same at `/problems`."""
    document = json.loads((FOLDER / "gateway.json").read_text(encoding="utf-8"))
    rows = (
        f"| `{kind['slug']}` | {kind['status']} | {kind['title']['en']} | {kind['remedy']['en']} |\n"
        for kind in document["x-problems"]
    )
    return _PROBLEMS_HEAD + "".join(rows)


def document_of(name: str) -> str:
    """Return a service's OpenAPI document as published: JSON, indented, one line end."""
    application = importlib.import_module(f"services.{name}.app").create_app()
    return json.dumps(application.openapi(), indent=2, ensure_ascii=False) + "\n"
