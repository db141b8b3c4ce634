"""The rule set that the programme ships: the YAML files of `reference/`, one kind of rule each."""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from typing import Any

import yaml

from services.health.coverage.domain.errors import RulesInvalidError
from services.health.coverage.domain.rules import Certainty, Kind, RuleRow
from services.kit.periods import Period

_MEMBERS = {"code", "value", "from", "to", "certainty", "source"}


def shipped_rows() -> tuple[RuleRow, ...]:
    """Return every row of `reference/`.

    Raises:
        RulesInvalidError: A row lacks a member, names one that does not exist, or is not dated.
    """
    folder = files("services.health.coverage") / "reference"
    texts = [entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".yaml")]
    return tuple(row for text in texts for row in rows_of(text))


def rows_of(text: str) -> Iterator[RuleRow]:
    """Yield the rows of one file's text."""
    document = yaml.safe_load(text)
    kind = Kind(document["kind"])
    for entry in document["rows"]:
        yield _row(kind, entry)


def _row(kind: Kind, entry: dict[str, Any]) -> RuleRow:
    if set(entry) - {"note"} != _MEMBERS:
        raise RulesInvalidError(f"{kind} {entry.get('code')}: needs {sorted(_MEMBERS)}, has {sorted(entry)}")
    days = (entry["from"], entry["to"])
    if not all(day is None or type(day) is date for day in days):
        raise RulesInvalidError(f"{kind} {entry['code']}: a date is YYYY-MM-DD or null")
    return RuleRow(
        kind=kind,
        code=str(entry["code"]),
        value=entry["value"],
        period=Period(*days),
        certainty=Certainty(entry["certainty"]),
        source=str(entry["source"]),
        note=entry.get("note"),
    )
