"""The packaged files about the rights of persons as rows: what the migrations seed, and texts in three languages."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

_FOLDER = files("services.registry") / "reference"


def rules() -> list[dict[str, Any]]:
    """Return the rows of `rights_rule`."""
    return _numbered(_yaml("rights.yaml")["rules"])


def purposes() -> list[dict[str, Any]]:
    """Return the rows of `purpose_rule`."""
    return _numbered(_yaml("rights.yaml")["purposes"])


def notices() -> list[dict[str, Any]]:
    """Return the rows of `notice`."""
    return [_dated(row) for row in _yaml("notices.yaml")["notices"]]


@cache
def texts(name: str) -> Mapping[str, Mapping[str, str]]:
    """Return one list of texts of `rights_texts.yaml`, by code and language; read once."""
    found: Mapping[str, Mapping[str, str]] = _yaml("rights_texts.yaml")[name]
    return found


def _numbered(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{"id": position, **_dated(row)} for position, row in enumerate(rows, 1)]


def _dated(row: Mapping[str, Any]) -> dict[str, Any]:
    own = {name: value for name, value in row.items() if name not in {"from", "to", "source"}}
    return {**own, "valid_from": row["from"], "valid_to": row["to"], "source": str(row["source"])}


def _yaml(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    return document
