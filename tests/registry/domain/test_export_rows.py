"""Rows of an export: what an import reads of them is what the register holds."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.periods import PartialDate, Precision
from services.registry.domain.births import UNKNOWN, read_birth
from services.registry.domain.export_rows import birth_text, columns_agreed, guarded, row_of
from services.registry.domain.import_rows import COLUMNS

NOTHING: dict[str, Any] = {
    "programme_number": "MIG-2026-000001-X", "names": [], "sex": "UNKNOWN", "birth": None, "nationality": None,
    "birth_place": None, "father_name": None, "mother_name": None, "passport": None, "school_level": None,
    "languages": [], "contacts": [], "permit": None, "legal_status": None, "address": None, "household": None,
}  # fmt: skip
UNKNOWN_BIRTH = {"year": None, "month": None, "day": None, "precision": "unknown"}


def legal(**parts: Any) -> dict[str, Any]:
    return {"kind": "legal", "family": None, "given": None, "as_written": None, "script": "Latn", **parts}


def contact(kind: str, value: str, **rules: Any) -> dict[str, Any]:
    return {"kind": kind, "value": value, "safe_to_call": None, "safe_to_text": None, "safe_hours": None, **rules}


def shown(**parts: Any) -> dict[str, str]:
    document = {**NOTHING, "birth": UNKNOWN_BIRTH, **parts}
    return {name: text for name, text in zip(COLUMNS, row_of(document, COLUMNS), strict=True) if text}


def test_what_is_not_known_is_left_empty() -> None:
    assert shown() == {"row_id": "MIG-2026-000001-X"}


def test_each_script_has_its_name_and_other_kinds_are_left_out() -> None:
    names = [
        {**legal(given="Hawa"), "kind": "alias"},
        legal(given="Awa", family="Diallo"),
        legal(given="Second"),
        legal(family="ديالو", script="Arab"),
        legal(as_written="Diallo Awa"),
    ]
    assert shown(names=names) == {
        "row_id": "MIG-2026-000001-X", "given": "Awa", "family": "Diallo", "family_ar": "ديالو",
        "name_as_written": "Diallo Awa",
    }  # fmt: skip


def test_what_is_safe_is_said_of_the_telephone_or_else_of_the_address() -> None:
    phone = contact("phone", "+212612345678", safe_to_call=False, safe_to_text=True, safe_hours="09:00-12:00")
    email = contact("email", "a@example.org", safe_to_call=True)
    both = shown(contacts=[email, phone])
    assert (both["phone"], both["email"], both["safe_to_call"], both["safe_hours"]) == (
        "+212612345678", "a@example.org", "no", "09:00-12:00",
    )  # fmt: skip
    assert shown(contacts=[email])["safe_to_call"] == "yes"
    assert "safe_to_text" not in shown(contacts=[email])


def test_papers_place_and_household_have_their_columns() -> None:
    found = shown(
        sex="F",
        permit={"type": "REG1", "number": "F12", "valid_from": "2026-01-01", "valid_to": None},
        legal_status={"code": "REGULARISED_2014", "valid_from": None, "valid_to": None},
        address={"region": "04", "unit": "MA-RAB", "commune": None, "line": "12, rue X"},
        household={"id": "h", "role": "HEAD"},
        languages=["fr", "wo"],
    )
    assert found == {
        "row_id": "MIG-2026-000001-X", "sex": "F", "permit_type": "REG1", "permit_number": "F12",
        "permit_from": "2026-01-01", "legal_status": "REGULARISED_2014", "region": "04", "unit": "MA-RAB",
        "address_line": "12, rue X", "household": "h", "relation": "HEAD", "languages": "fr wo",
    }  # fmt: skip


def test_only_agreed_columns_are_there() -> None:
    assert columns_agreed(None) == COLUMNS
    assert columns_agreed(frozenset({"birth", "contacts"})) == (
        "row_id", "birth", "phone", "email", "safe_to_call", "safe_to_text", "safe_hours",
    )  # fmt: skip
    assert row_of({**NOTHING, "birth": UNKNOWN_BIRTH}, ("row_id", "birth")) == ["MIG-2026-000001-X", ""]


_PARTS = st.dates(date(1930, 1, 1), date(2020, 12, 31))


@given(
    _PARTS.map(lambda day: PartialDate(day.year, day.month, day.day, Precision.DAY))
    | _PARTS.map(lambda day: PartialDate(day.year, day.month, precision=Precision.MONTH))
    | _PARTS.map(lambda day: PartialDate(day.year, precision=Precision.YEAR))
    | _PARTS.map(lambda day: PartialDate(day.year, precision=Precision.CIRCA))
    | st.just(UNKNOWN)
)
def test_a_date_of_birth_is_read_again_as_it_was(birth: PartialDate) -> None:
    document = {"year": birth.year, "month": birth.month, "day": birth.day, "precision": birth.precision.value}
    assert read_birth(birth_text(document), today=date(2026, 11, 23)) == birth


@pytest.mark.parametrize(
    ("text", "written"),
    [("=1+1", "'=1+1"), ("@x", "'@x"), ("+212612345678", "+212612345678"), ("-x", "'-x"), ("Awa", "Awa"), ("", "")],
)
def test_no_cell_is_taken_for_a_formula(text: str, written: str) -> None:
    assert guarded(text) == written
