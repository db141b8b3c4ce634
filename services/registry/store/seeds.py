"""The packaged files of `reference/` as rows: what a migration seeds, and the spellings that search goes by."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from services.registry.domain.folding import NameClasses, name_classes
from services.registry.domain.narration import Words

_FOLDER = files("services.registry") / "reference"
_LISTS = ("legal_statuses", "school_levels", "languages", "identifier_systems")


def rows() -> dict[str, list[dict[str, Any]]]:
    """Return the rows of every reference table, by table, in an order that foreign keys allow."""
    return {**_territory(), **_countries(), "permit_type": _permit_types(), "code": _codes()}


def _territory() -> dict[str, list[dict[str, Any]]]:
    document = read_yaml("territory.yaml")
    same = {"scheme": document["scheme"], **dated(document)}
    return {
        "region": [{**row, **same} for row in document["regions"]],
        "unit": [{**row, **same} for row in document["units"]],
    }


def _countries() -> dict[str, list[dict[str, Any]]]:
    document = read_yaml("nationalities.yaml")
    same = {"valid_from": None, "valid_to": None, "certainty": "verified", "source": "T1"}
    return {
        "country": [
            {**row, "aliases": row.get("aliases", []), "adjectives": row.get("adjectives", []), **same}
            for row in document["nationalities"]
        ],
        "ambiguous_country": [
            {"word": word, "candidates": row["candidates"]} for row in document["ambiguous"] for word in row["words"]
        ],
    }


def _permit_types() -> list[dict[str, Any]]:
    return [
        {
            "id": position,
            "renews_to": None,
            **{name: value for name, value in row.items() if name not in {"from", "to"}},
            **dated(row),
        }
        for position, row in enumerate(read_yaml("permit_types.yaml")["permit_types"], 1)
    ]


def _codes() -> list[dict[str, Any]]:
    document = read_yaml("codes.yaml")
    return [
        {
            "list": name,
            "code": row["code"],
            "position": position,
            "fr": row["fr"],
            "ar": row["ar"],
            "pattern": row.get("pattern"),
            **dated(row),
        }
        for name in _LISTS
        for position, row in enumerate(document[name], 1)
    ]


@cache
def spellings() -> NameClasses:
    """Return the classes of known spellings of names; read once."""
    groups: dict[str, tuple[str, ...]] = {}
    document = read_yaml("name_classes.yaml")
    for kind in ("given_names", "family_names"):
        groups.update({name: tuple(members) for name, members in document[kind].items()})
    variants = json.loads((_FOLDER / "name_variants.json").read_text(encoding="utf-8"))
    groups.update({row["id"]: (*row["latin"], *row["arabic"]) for row in variants["clusters"]})
    return name_classes(groups)


def dated(row: Mapping[str, Any]) -> dict[str, Any]:
    """Return the columns that every dated row has."""
    return {
        "valid_from": row["from"],
        "valid_to": row["to"],
        "certainty": row["certainty"],
        "source": str(row["source"]),
    }


def read_yaml(name: str) -> dict[str, Any]:
    """Return one of the packaged files."""
    document: dict[str, Any] = yaml.safe_load((_FOLDER / name).read_text(encoding="utf-8"))
    return document


@cache
def history_words() -> Words:
    """Return what the history of a person is told with; read once."""
    return Words(**read_yaml("history.yaml"))


@cache
def residence_words() -> Mapping[str, Mapping[str, str]]:
    """Return why a stay is covered or is not, in words, by code and language; read once."""
    return read_yaml("residence.yaml")


@cache
def remedies() -> Mapping[str, Mapping[str, str]]:
    """Return what to do about each finding, by code and language; read once."""
    return read_yaml("findings.yaml")
