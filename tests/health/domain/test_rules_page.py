"""The page of rules tells what the rows say."""

from services.health.coverage.domain.rules import Kind
from services.health.coverage.domain.rules_page import ABOUT
from services.health.rules_page import PAGE, text
from tests.health.builders import shipped_book


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == text(), "write it again: python -m services.health.rules_page"


def test_every_row_of_every_kind_has_its_line() -> None:
    assert set(ABOUT) == set(Kind)
    assert sum(line.startswith("| `") for line in text().splitlines()) == len(shipped_book().rows)
