"""Read the seeded reference files: admission rules, the territory, and what reasons say.

The database decides, the files seed it: a change of a rule ends the old row, adds the new one, and comes with a
migration that loads both. A test holds files and database to each other.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from services.kit.periods import Period
from services.training.courses.domain.rules import Certainty, Rule

FOLDER = Path(__file__).parents[1] / "reference"
RULE_FILES = ("training_levels.yaml", "apprenticeship.yaml", "statuses.yaml", "admission.yaml")


def rules() -> Iterator[Rule]:
    """Yield every rule row of the reference files.

    Raises:
        KeyError: A row lacks a column.
        ValueError: A certainty or a period is none.
    """
    for name in RULE_FILES:
        for row in _read(name):
            value = tuple(row["value"]) if isinstance(row["value"], list) else row["value"]
            valid = Period(row["from"], row["to"])
            yield Rule(row["code"], value, valid, Certainty(row["certainty"]), row["source"])


def rule_rows() -> Iterator[dict[str, str]]:
    """Yield rule rows as text, for a migration to cast and insert."""
    for rule in rules():
        value = list(rule.value) if isinstance(rule.value, tuple) else rule.value
        yield {
            "code": rule.code,
            "valid": f"[{_day(rule.valid.start)},{_day(rule.valid.end)}]",
            "value": json.dumps(value),
            "certainty": rule.certainty.value,
            "source": rule.source,
        }


def unit_rows() -> Iterator[dict[str, str]]:
    """Yield the prefectures and provinces with their region."""
    for region, codes in _read("units.yaml").items():
        for code in codes:
            yield {"region": region, "code": code}


@cache
def reasons() -> Mapping[str, Mapping[str, str]]:
    """Return what each reason of an admission says, by language; read once."""
    texts: dict[str, dict[str, str]] = _read("reasons.yaml")
    return texts


def _day(day: date | None) -> str:
    return "" if day is None else day.isoformat()


def _read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))
