"""The words read from the YAML beside it."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FILE = Path(__file__).with_name("words.yaml")
OTHERWISE = "otherwise"
Said = Mapping[str, str]
"""The same by language: `fr`, `ar`, `en`."""


def action(operation: str) -> Said:
    """Return what was done, for a person; a general word for an operation that has none of its own."""
    return _of("actions", operation)


def purpose(code: str) -> Said:
    """Return why it was done."""
    return _of("purposes", code)


def outcome(code: str) -> Said:
    """Return how it ended: `ok`, `replayed`, or `refused` with or without a reason."""
    return _of("outcomes", code.partition(":")[0])


@cache
def words() -> Mapping[str, Mapping[str, Said]]:
    """Return all of them, by kind and code."""
    loaded: Mapping[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return loaded


def _of(kind: str, code: str) -> Said:
    known = words()[kind]
    return known.get(code, known[OTHERWISE])
