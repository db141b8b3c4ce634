"""JSON Lines: each line an object that names its columns; whatever else it is, a row comes out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.errors import ImportEmptyError, ValueRefusedError
from services.registry.domain.import_batches import read_line
from services.registry.domain.import_files import OBJECTS, Header, read_objects_start, split_line
from services.registry.domain.import_rows import COLUMNS
from tests.registry.builders import RULES, row

HEADER = Header(("row_id", "given", "birth", "languages", "safe_to_call"), OBJECTS, 0)


def split(line: str) -> list[str]:
    return split_line(line.encode(), HEADER.columns, OBJECTS)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        ('{"row_id": "1", "given": "Awa"}\n', ["1", "Awa", "", "", ""]),
        ('{"given": "محمد", "row_id": 7, "birth": 1990}\r\n', ["7", "محمد", "1990", "", ""]),
        ('{"birth": null, "languages": ["fr", "wo"]}', ["", "", "", "fr wo", ""]),
        ('{"safe_to_call": false, "birth": 1.50}', ["", "", "1.50", "", "false"]),
        ("{}", ["", "", "", "", ""]),
    ],
)
def test_members_are_read_as_cells_would_hold_them(line: str, values: list[str]) -> None:
    assert split(line) == values


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("[]", "row-malformed"),
        ("x", "row-malformed"),
        ("[" * 60_000, "row-malformed"),
        ('{"row_id": NaN}', "row-malformed"),
        ('{"given": {"family": "Diallo"}}', "row-malformed"),
        ('{"languages": [null]}', "row-malformed"),
        ('{"given": "Awa", "given": "Binta"}', "repeated-column"),
        ('{"shoe_size": 38}', "unknown-column"),
        ('{"family": "Diallo"}', "field-not-agreed"),
        ("!", "workbook-broken-off"),
        ('{"given": "' + "a" * 70_000 + '"}', "row-too-long"),
    ],
)
def test_what_is_no_such_object_is_refused(line: str, code: str) -> None:
    with pytest.raises(ValueRefusedError) as refusal:
        split(line)
    assert refusal.value.code == code


def test_a_file_of_objects_has_the_columns_that_are_agreed() -> None:
    assert read_objects_start(b"{}\n", None) == Header(COLUMNS, OBJECTS, 0)
    agreed = read_objects_start(b"\xef\xbb\xbf{}\n", frozenset({"names"}))
    assert agreed == Header(("row_id", "given", "family", "given_ar", "family_ar", "name_as_written"), OBJECTS, 3)
    with pytest.raises(ImportEmptyError):
        read_objects_start(b"\xef\xbb\xbf \n", None)


def test_the_same_row_has_one_fingerprint_in_every_format_and_order() -> None:
    columns = tuple(row())
    written = read_line(1, ",".join(row().values()).encode(), Header(columns, ",", 0), RULES)
    turned = ",".join(reversed(row().values())).encode()
    other_order = read_line(1, turned, Header(tuple(reversed(columns)), ",", 0), RULES)
    as_object = read_line(1, json.dumps(row()).encode(), Header(COLUMNS, OBJECTS, 0), RULES)
    assert written.intake == other_order.intake == as_object.intake is not None
    assert written.fingerprint == other_order.fingerprint == as_object.fingerprint


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(COLUMNS) | st.text(), inner),
    )
)  # one strategy
def test_whatever_is_sent_a_row_comes_out(content: object) -> None:
    found = read_line(1, json.dumps(content).encode(), Header(COLUMNS, OBJECTS, 0), RULES)
    assert found.intake is not None or found.findings


@pytest.mark.parametrize(
    ("cells", "code"),
    [
        ({"safe_to_call": "perhaps"}, "unknown-code"),
        ({"safe_hours": "whenever"}, "safe-hours-format"),
        ({"phone": "", "safe_hours": "9-12"}, "contact-missing"),
        ({"phone": "", "safe_to_text": "no"}, "contact-missing"),
        ({"name_as_written": "12"}, "name-without-letters"),
    ],
)
def test_rules_of_safety_that_nobody_can_keep_are_refused(cells: dict[str, str], code: str) -> None:
    columns = tuple({**row(), **cells})
    found = read_line(1, json.dumps({**row(), **cells}).encode(), Header(columns, OBJECTS, 0), RULES)
    assert found.intake is None
    assert code in [finding.code for finding in found.findings]


def test_contacts_come_with_what_is_safe() -> None:
    cells = row(safe_to_call="no", safe_to_text="yes", safe_hours="lun-ven 14h-17h", email="Awa@Example.org")
    found = read_line(1, json.dumps(cells).encode(), Header(COLUMNS, OBJECTS, 0), RULES)
    assert found.intake is not None
    phone, email = found.intake.core.contacts
    assert (phone.safe_to_call, phone.safe_to_text, phone.safe_hours) == (False, True, "Mo-Fr 14:00-17:00")
    assert (email.value, email.safe_to_call, email.safe_hours) == ("Awa@Example.org", None, None)
    alone = read_line(1, json.dumps({**cells, "phone": ""}).encode(), Header(COLUMNS, OBJECTS, 0), RULES)
    assert alone.intake is not None
    assert [(one.kind.value, one.safe_to_call) for one in alone.intake.core.contacts] == [("email", False)]


def test_a_name_whose_parts_are_not_known_is_kept_as_written() -> None:
    cells = {"row_id": "1", "name_as_written": "Ouedraogo Issa", "address_line": "12, rue de Fès"}
    found = read_line(1, json.dumps(cells).encode(), Header(COLUMNS, OBJECTS, 0), RULES)
    assert found.intake is not None
    (name,) = found.intake.core.names
    assert (name.as_written, name.order_known, name.family) == ("Ouedraogo Issa", False, None)
    assert found.intake.address is not None
    assert found.intake.address.line == "12, rue de Fès"
