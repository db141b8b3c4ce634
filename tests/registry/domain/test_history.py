"""What a version changed, and how it is told."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.registry.domain.history import FieldChange, Part, Version, entries
from services.registry.domain.narration import sentences
from services.registry.store import seeds
from tests.registry.builders import NOW

TITLE = {"type": "CR", "number": "C1", "valid_from": "2026-01-01", "valid_to": None}
ENDED = {**TITLE, "valid_to": "2026-06-30"}
LATER = NOW + timedelta(days=1)


@pytest.mark.parametrize(
    ("before", "after", "kind", "valid"),
    [
        (None, TITLE, "added", ("2026-01-01", None)),
        (TITLE, ENDED, "ended", ("2026-01-01", "2026-06-30")),
        (ENDED, TITLE, "corrected", ("2026-01-01", None)),
        (TITLE, {**ENDED, "number": "C2"}, "corrected", ("2026-01-01", "2026-06-30")),
        (ENDED, None, "removed", ("2026-01-01", "2026-06-30")),
        ("F", "M", "corrected", (None, None)),
        ({"a": 1}, "M", "corrected", (None, None)),
    ],
)
def test_a_change_says_what_happened_and_when_it_is_true(before: Any, after: Any, kind: str, valid: Any) -> None:
    change = FieldChange("permits", before, after)
    assert (change.kind, change.valid) == (kind, valid)


def test_a_row_about_the_same_paper_is_one_change() -> None:
    key, other = UUID(int=1), UUID(int=2)
    parts = [
        Part("permits", TITLE, NOW, LATER, key),
        Part("permits", ENDED, LATER, None, key),
        Part("permits", {"type": "CI"}, LATER, None, other),
        Part("identifiers", {"system": "PERMIT"}, NOW, LATER, other),
    ]
    versions = [Version(1, NOW, "register_person", "a", {}), Version(2, LATER, "correct_permit", "a", {})]
    newest, _ = entries(versions, parts)
    assert [(change.field, change.kind) for change in newest.changes] == [
        ("permits", "ended"),
        ("identifiers", "removed"),
        ("permits", "added"),
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (FieldChange("sex", None, "F"), "Added: sex, F"),
        (FieldChange("birth_suspect_default", None, True), "Added: birth date perhaps a stand-in"),
        (FieldChange("names", [1], [2]), "Corrected: names"),
        (FieldChange("legal_statuses", None, {"code": "UNKNOWN"}), "Added: legal status UNKNOWN"),
        (FieldChange("permits", None, TITLE), "Added: residence title CR C1, since 2026-01-01"),
        (
            FieldChange("permits", None, {"type": "CR", "valid_to": "2026-06-30"}),
            "Added: residence title CR, until 2026-06-30",
        ),
        (FieldChange("birth_year", 1990, 1991), "Corrected: year of birth, 1990 → 1991"),
        (FieldChange("shoe_size", None, 38), "Added: shoe_size, 38"),
        (FieldChange("shoe_sizes", None, {"left": 38}), "Added: shoe_sizes"),
    ],
)
def test_a_change_is_told_in_words(change: FieldChange, expected: str) -> None:
    told = sentences(change, seeds.history_words())
    assert told["en"] == expected
    assert all(told.values())
