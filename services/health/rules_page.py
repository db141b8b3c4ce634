"""Write `docs/rules.md` from the rules that are shipped: `python -m services.health.rules_page`."""

from pathlib import Path

from services.health.coverage.domain.rules import RuleBook
from services.health.coverage.domain.rules_page import rules_page
from services.health.coverage.store.rule_files import shipped_rows

PAGE = Path(__file__).parents[2] / "docs" / "rules.md"


def text() -> str:
    """Return the page as it should stand."""
    return rules_page(RuleBook(shipped_rows()))


if __name__ == "__main__":
    PAGE.write_text(text(), encoding="utf-8")
