"""Headers and lines of a file, and a batch of them against the register."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.domain.errors import ImportEmptyError, ImportHeaderRefusedError, ValueRefusedError
from services.registry.domain.import_batches import Known, ReadRow, read_line, settle
from services.registry.domain.import_files import Header, read_header, split_line
from tests.registry.builders import RULES

EMPTY = Known({}, frozenset(), frozenset())
HEADER = Header(
    ("row_id", "given", "birth", "passport", "permit_type", "permit_number", "household", "relation"), ",", 0
)


@pytest.mark.parametrize(
    ("start", "columns", "delimiter", "size"),
    [
        (b"row_id,given\n1,Awa\n", ("row_id", "given"), ",", 13),
        (b"row_id;given\r\n1;Awa\r\n", ("row_id", "given"), ";", 14),
        (b"given\trow_id\n", ("given", "row_id"), "\t", 13),
        (b'\xef\xbb\xbf"Row_ID", "Given"\n', ("row_id", "given"), ",", 21),
        (b"row_id", ("row_id",), ",", 6),
    ],
)
def test_a_header_names_columns_and_what_parts_them(
    start: bytes, columns: tuple[str, ...], delimiter: str, size: int
) -> None:
    assert read_header(start) == Header(columns, delimiter, size)


@pytest.mark.parametrize(
    ("start", "wrong"),
    [
        (b"row_id,shoe_size\n", [(2, "", "unknown-column")]),
        (b"row_id,given,given\n", [(3, "given", "repeated-column")]),
        (b"given,family\n", [(0, "row_id", "missing-column")]),
        (b"Awa,Diallo\n", [(1, "", "unknown-column"), (2, "", "unknown-column"), (0, "row_id", "missing-column")]),
        (b"row_id,pr\xe9nom\n", [(1, "", "not-utf8")]),
        (b"x" * 100_000, [(1, "", "unknown-column"), (0, "row_id", "missing-column")]),
    ],
)
def test_a_file_without_its_header_is_refused_without_repeating_it(
    start: bytes, wrong: list[tuple[int, str, str]]
) -> None:
    with pytest.raises(ImportHeaderRefusedError) as refusal:
        read_header(start)
    assert list(refusal.value.columns) == wrong


@pytest.mark.parametrize("start", [b"", b"\n", b"\xef\xbb\xbf\n1,2\n", b"   \r\n"])
def test_a_file_without_a_line_is_refused(start: bytes) -> None:
    with pytest.raises(ImportEmptyError):
        read_header(start)


@pytest.mark.parametrize(
    ("line", "values"),
    [
        (b"1,Awa\n", ["1", "Awa", ""]),
        (b"1,Awa,x\r\n", ["1", "Awa", "x"]),
        (b'1,"Awa, dite ""Fifi""",x', ["1", 'Awa, dite "Fifi"', "x"]),
        (b"1\n", ["1", "", ""]),
    ],
)
def test_a_line_becomes_columns(line: bytes, values: list[str]) -> None:
    assert split_line(line, ("row_id", "given", "family"), ",") == values


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"1,2,3,4\n", "too-many-columns"),
        (b"\xff,2\n", "not-utf8"),
        (b'1,"Awa,x\n', "row-malformed"),
        (b'1,"Awa"x,y\n', "row-malformed"),
        (b"1," + b"a" * 70_000, "row-too-long"),
    ],
)
def test_a_broken_line_is_refused_by_itself(line: bytes, code: str) -> None:
    with pytest.raises(ValueRefusedError, match=code):
        split_line(line, ("row_id", "given", "family"), ",")


@given(st.binary(max_size=200))
def test_no_bytes_break_the_reader(line: bytes) -> None:
    made = read_line(1, line, HEADER, RULES)
    assert (made.intake is None) == any(finding.severity.value == "error" for finding in made.findings)


@pytest.mark.parametrize(
    ("line", "code"),
    [(b",Awa\n", "row-id-missing"), (b"=cmd(),Awa\n", "row-id-format"), (b"a b,Awa\n", "row-id-format")],
)
def test_a_row_needs_a_name_of_its_own(line: bytes, code: str) -> None:
    made = read_line(7, line, HEADER, RULES)
    assert (made.number, made.row_id, made.intake) == (7, "", None)
    assert [(finding.field, finding.code) for finding in made.findings] == [("row_id", code)]


def read(*lines: str) -> list[ReadRow]:
    return [read_line(number, line.encode(), HEADER, RULES) for number, line in enumerate(lines, 1)]


def codes(rows: list[ReadRow], known: Known = EMPTY) -> list[tuple[int, str, str]]:
    return [(row.number, finding.field, finding.code) for row, finding in settle(rows, known).findings]


def test_rows_without_faults_are_accepted_in_order() -> None:
    settled = settle(read("1,Awa", "2,Binta", "3,"), EMPTY)
    assert [row.row_id for row in settled.accepted] == ["1", "2"]
    assert (settled.refused, settled.unchanged, settled.warnings) == (1, 0, 0)
    assert codes(read("3,")) == [(1, "given", "name-missing")]


def test_the_same_row_again_changes_nothing_and_another_content_is_reported() -> None:
    rows = read("1,Awa")
    known = Known({"1": rows[0].fingerprint}, frozenset(), frozenset())
    assert settle(rows, known).unchanged == 1
    changed = settle(read("1,Binta"), known)
    assert (changed.accepted, changed.refused) == ([], 1)
    assert codes(read("1,Binta"), known) == [(1, "row_id", "row-changed")]


def test_the_same_holds_inside_one_batch() -> None:
    settled = settle(read("1,Awa", "1,Awa", "1,Binta"), EMPTY)
    assert [row.number for row in settled.accepted] == [1]
    assert (settled.unchanged, settled.refused) == (1, 1)


def test_a_number_in_use_is_reported_by_its_column() -> None:
    known = Known({}, {("PASSPORT", "A1234567"), ("PERMIT", "C350356A")}, frozenset())
    rows = read("1,Awa,,A1234567,REG3,C350356A", "2,Awa,,A7654321", "3,Binta,,a-765 4321")
    assert codes(rows, known) == [
        (1, "passport", "identifier-in-use"),
        (1, "permit_number", "identifier-in-use"),
        (3, "passport", "identifier-in-use"),
    ]


def test_a_household_has_one_head() -> None:
    rows = read("1,Awa,,,,,H1,HEAD", "2,Binta,,,,,H1,CHILD", "3,Coumba,,,,,H1,HEAD", "4,Dado,,,,,H2,HEAD")
    known = Known({}, frozenset(), {"H2"})
    assert codes(rows, known) == [(3, "relation", "household-has-head"), (4, "relation", "household-has-head")]


def test_warnings_count_rows_that_were_accepted() -> None:
    settled = settle(read("1,Awa,,A1", "2,,,A2", "3,Binta"), EMPTY)
    assert [row.number for row in settled.accepted] == [1, 3]
    assert settled.warnings == 1


def test_what_a_batch_will_have_stored_lies_over_the_register() -> None:
    accepted = settle(read("1,Awa,,A1234567,,,H1,HEAD", "2,Binta"), EMPTY).accepted
    assert Known.of(accepted) == Known(
        {row.row_id: row.fingerprint for row in accepted}, {("PASSPORT", "A1234567")}, {"H1"}
    )
