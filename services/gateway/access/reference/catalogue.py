"""The catalogue read from the YAML beside it."""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_FOLDER = Path(__file__).parent
EVERYTHING = "*"


@dataclass(frozen=True, slots=True)
class Scope:
    """A right that an operation may ask for.

    Attributes:
        partner: Whether a partner's client may have it.
    """

    name: str
    description: str
    partner: bool


@dataclass(frozen=True, slots=True)
class DemoClient:
    """A client of the demo and what it may do; `*` stands for everything."""

    client_id: str
    organisation: str
    organisation_name: str
    kind: str
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]


@cache
def scopes() -> tuple[Scope, ...]:
    """Return every scope there is, in the catalogue's order."""
    return tuple(Scope(row["scope"], row["description"], row.get("partner", True)) for row in _rows("scopes"))


@cache
def demo_clients() -> tuple[DemoClient, ...]:
    """Return the clients of the demo."""
    return tuple(
        DemoClient(
            row["client_id"],
            row["organisation"]["code"],
            row["organisation"]["name"],
            row["organisation"]["kind"],
            tuple(row["scopes"]),
            tuple(row["purposes"]),
        )
        for row in _rows("demo_clients")
    )


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.safe_load((_FOLDER / f"{name}.yaml").read_text(encoding="utf-8"))
    return rows
