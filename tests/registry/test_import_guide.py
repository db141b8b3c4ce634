"""The import guide names every code that a row can be reported with, in the report's own words."""

from pathlib import Path

from services.registry.domain.import_rows import COLUMNS
from services.registry.store import seeds

GUIDE = (Path(__file__).parents[2] / "docs" / "imports.md").read_text(encoding="utf-8")


def test_every_code_is_in_the_guide_with_what_to_do() -> None:
    for code, remedy in seeds.remedies().items():
        assert f"| `{code}` | {remedy['en']} |" in GUIDE, code


def test_every_column_is_in_the_guide() -> None:
    for column in COLUMNS:
        assert f"`{column}`" in GUIDE, column
