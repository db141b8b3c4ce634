"""Figures say whether they reach their target, to a person and to a later run."""

import json
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from benchmarks.report import Figure, table, write

MORE = Figure("A", "gateway ÷ nginx", 0.71, 0.70, at_least=True, details={"gateway/s": 12345.6})
LESS = Figure("B", "CPU ÷ CPU", 4.1, 4.0, at_least=False)


def test_a_target_may_be_a_floor_or_a_ceiling() -> None:
    assert MORE.met
    assert MORE.aim == "≥ 0.7"
    assert not LESS.met
    assert LESS.aim == "≤ 4"


def test_the_table_shows_ratio_target_and_verdict() -> None:
    console = Console(width=160)
    with console.capture() as captured:
        console.print(table([MORE, LESS]))
    drawn = captured.get()
    assert "0.710" in drawn
    assert "12,346" in drawn
    assert "met" in drawn
    assert "short" in drawn


def test_results_are_kept_by_instant(tmp_path: Path) -> None:
    path = write([MORE], tmp_path / "bench", at=datetime(2026, 11, 23, 15, 0, tzinfo=UTC))
    assert path.name == "20261123T150000Z.json"
    kept = json.loads(path.read_text())
    assert kept["figures"][0]["ratio"] == 0.71
    assert kept["figures"][0]["met"] is True
