"""The packaged rules of the regularisations as rows: what the migration seeds."""

from collections.abc import Mapping
from importlib.resources import files
from typing import Any

import yaml

_FOLDER = files("services.registry") / "reference"
_KINDS = {
    "regularisation.yaml": (
        "campaigns", "categories", "states", "steps", "reasons", "deadlines", "cards", "appeals",
    ),
    "regularisation_criteria.yaml": ("criteria", "metrics", "facts"),
    "regularisation_papers.yaml": ("papers",),
}  # fmt: skip
KINDS = (*(kind for kinds in _KINDS.values() for kind in kinds), "bureaus")
"""The lists there are."""


def rule_rows() -> list[dict[str, Any]]:
    """Return the rows of `regularisation_rule`, list by list in the order of the files."""
    rows = []
    for name, kinds in _KINDS.items():
        document = _yaml(name)
        rows += [_row(kind, place, row) for kind in kinds for place, row in enumerate(document[kind], 1)]
    return rows + [_row("bureaus", place, row) for place, row in enumerate(_bureaus(), 1)]


def statistic_rows() -> list[dict[str, Any]]:
    """Return the rows of `regularisation_statistic`."""
    document = _yaml("regularisation_statistics.yaml")
    return [
        {"position": place, "nationality": None, "region": None, "note": None, **row}
        for place, row in enumerate(document["statistics"], 1)
    ]


def _bureaus() -> list[Mapping[str, Any]]:
    """Return one bureau per unit, and Casablanca's eight."""
    document = _yaml("regularisation_bureaus.yaml")
    units = [
        {"code": row["code"], "fr": row["fr"], "unit": row["code"], "region": row["region"], **document["units"]}
        for row in _yaml("territory.yaml")["units"]
    ]
    regions = {row["code"]: row["region"] for row in units}
    return units + [{**row, "region": regions[row["unit"]]} for row in document["casablanca"]]


def _row(kind: str, place: int, row: Mapping[str, Any]) -> dict[str, Any]:
    outside = {"code", "from", "to", "certainty", "source"}
    return {
        "kind": kind,
        "position": place,
        "code": row["code"],
        "terms": {name: value for name, value in row.items() if name not in outside},
        "valid_from": row["from"],
        "valid_to": row["to"],
        "certainty": row["certainty"],
        "source": str(row["source"]),
    }


def _yaml(name: str) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    return document
