"""docs/events.md says what the catalogue and the schedule say, and every type is really told."""

import re
from pathlib import Path

import pytest

from services.gateway.events.reference.page import catalogue_table
from services.gateway.events.reference.settings import catalogue, patience

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "events.md").read_text("utf-8")
FEEDS = {
    "registry": ROOT / "services/registry/domain/acts.py",
    "coverage": ROOT / "services/health/coverage/store/changes.py",
    "courses": ROOT / "services/training/courses/store/changes.py",
}


def test_the_page_shows_the_catalogue() -> None:
    assert catalogue_table(catalogue()) in PAGE


def test_the_page_tells_the_true_schedule() -> None:
    pauses = patience().schedule.pauses_s
    assert [round(each) for each in pauses] == [5, 30, 120, 600, 1800, 3600, 7200, 14400, 28800, 28800]
    assert "5 s, 30 s, 2 min, 10 min, 30 min, 1 h, 2 h, 4 h and twice 8 h" in PAGE
    assert f"kept for {patience().kept.days} days" in PAGE
    assert patience().lease.total_seconds() > 2 * patience().timeout_s, "nobody is held for dead while sending"


@pytest.mark.parametrize("source", FEEDS)
def test_what_a_service_tells_and_what_the_catalogue_names_are_the_same(source: str) -> None:
    named = {each.type for each in catalogue().types.values() if each.source == source}
    assert set(re.findall(r'"([a-z]+\.[a-z_]+)"', FEEDS[source].read_text("utf-8"))) == named
