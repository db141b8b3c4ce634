"""Rows of a file: taken in whole, or reported by column; never an exception."""

import csv
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit.periods import Period
from services.registry.domain.import_rows import COLUMNS, read_row
from services.registry.domain.persons import HouseholdClaim, Role, Sex
from services.registry.store import seeds
from tests.registry.builders import RULES, row

SERVICES = Path(__file__).parents[3] / "services"


def reported(**changes: str) -> list[tuple[str, str, str]]:
    _, found = read_row(row(**changes), RULES)
    return [(finding.field, finding.code, finding.severity.value) for finding in found.all]


def test_a_good_row_becomes_everything_it_says() -> None:
    intake, found = read_row(row(), RULES)
    assert intake is not None
    assert not found.all
    assert [name.whole for name in intake.core.names] == ["Mamadou Aliou Diallo", "محمد ديالو"]
    assert (intake.core.sex, intake.core.birth.year, intake.core.birth_declared_as) == (Sex.MALE, 1990, "12/05/1990")
    assert intake.nationalities == ("GIN",)
    assert [(one.system, one.value_norm) for one in intake.identifiers] == [
        ("PASSPORT", "A1234567"),
        ("PERMIT", "C350356A"),
    ]
    assert [permit.type for permit in intake.permits] == ["REG3"]
    assert intake.legal_statuses[0].valid.start is not None
    assert intake.address is not None
    assert (intake.address.region, intake.address.unit) == ("06", "MA-CAS")
    assert intake.core.contacts[0].value_norm == "+212651303462"
    assert intake.core.languages == ("fr", "ff")
    assert intake.household == HouseholdClaim("H00001", Role.HEAD)


def test_a_row_needs_nothing_but_a_name() -> None:
    intake, found = read_row({"row_id": "1", "given": "Awa"}, RULES)
    assert intake is not None
    assert not found.all
    assert intake.core.sex is Sex.UNKNOWN
    assert (len(intake.nationalities), len(intake.identifiers), len(intake.permits)) == (0, 0, 0)
    assert intake.address is None


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"given": "", "family": "", "given_ar": "", "family_ar": ""}, "given", "name-missing"),
        ({"given": "A" * 5000}, "given", "too-long"),
        ({"given": "12", "family": ""}, "given", "name-without-letters"),
        ({"given_ar": "", "family_ar": "12"}, "family_ar", "name-without-letters"),
        ({"sex": "Q"}, "sex", "unknown-code"),
        ({"birth": "1990-02-30"}, "birth", "date-impossible"),
        ({"birth": "2031-01-01"}, "birth", "date-in-future"),
        ({"birth": "soon"}, "birth", "date-format"),
        ({"nationality": "ZZZ"}, "nationality", "unknown-code"),
        ({"nationality": "Congolais"}, "nationality", "nationality-ambiguous"),
        ({"nationality": "Sénégalais"}, "nationality", "nationality-adjective"),
        ({"passport": "---"}, "passport", "identifier-empty"),
        ({"permit_type": "REG9"}, "permit_type", "unknown-code"),
        ({"permit_type": ""}, "permit_type", "permit-type-missing"),
        ({"permit_from": "2027-04-25", "permit_to": "2024-04-25"}, "permit_to", "period-reversed"),
        ({"permit_from": "x"}, "permit_from", "date-format"),
        ({"legal_status": "REGULARISED_2031"}, "legal_status", "unknown-code"),
        ({"legal_status": ""}, "legal_status", "status-missing"),
        ({"status_from": "2017-02-30"}, "status_from", "date-impossible"),
        ({"region": "99"}, "region", "unknown-code"),
        ({"unit": "MA-XXX"}, "unit", "unknown-code"),
        ({"region": "04"}, "unit", "unit-outside-region"),
        ({"school_level": "BAC+5"}, "school_level", "unknown-code"),
        ({"languages": "fr tlh"}, "languages", "unknown-code"),
        ({"languages": " ".join(f"l{number}" for number in range(21))}, "languages", "too-many"),
        ({"relation": ""}, "relation", "household-incomplete"),
        ({"household": ""}, "household", "household-incomplete"),
        ({"relation": "COUSIN"}, "relation", "unknown-code"),
        ({"commune": "a\x00b"}, "commune", "forbidden-character"),
        ({"mother_name": "é" * 201}, "mother_name", "too-long"),
    ],
)
def test_a_fault_is_reported_by_column_and_code(changes: dict[str, str], field: str, code: str) -> None:
    intake, _ = read_row(row(**changes), RULES)
    assert intake is None
    assert reported(**changes) == [(field, code, "error")]


@pytest.mark.parametrize(
    ("changes", "field", "code"),
    [
        ({"phone": "12345"}, "phone", "phone-unusual"),
        ({"passport": "A1"}, "passport", "format-unusual"),
        ({"permit_from": "2026-12-01", "permit_to": "2029-12-01"}, "permit_from", "starts-in-future"),
        ({"status_from": "2012-01-01"}, "status_from", "not-in-force-then"),
        ({"birth": "2018"}, "status_from", "before-birth"),
    ],
)
def test_an_oddity_is_stored_and_reported_as_a_warning(changes: dict[str, str], field: str, code: str) -> None:
    intake, _ = read_row(row(**changes), RULES)
    assert intake is not None
    assert (field, code, "warning") in reported(**changes)


def test_every_fault_of_a_row_is_reported_at_once() -> None:
    changes = {"sex": "Q", "birth": "soon", "given": "", "family": "", "given_ar": "", "family_ar": ""}
    assert {field for field, _, _ in reported(**changes)} == {"sex", "birth", "given"}


def test_a_title_without_dates_or_number_is_a_title() -> None:
    intake, found = read_row(row(permit_number="", permit_from="", permit_to=""), RULES)
    assert intake is not None
    assert intake.permits[0].valid == Period()
    assert not found.all


def test_no_permit_no_status_no_passport_is_no_fault() -> None:
    changes = dict.fromkeys(
        ("permit_type", "permit_number", "permit_from", "permit_to", "legal_status", "status_from", "passport"), ""
    )
    intake, found = read_row(row(**changes), RULES)
    assert intake is not None
    assert not found.all
    assert (len(intake.permits), len(intake.identifiers)) == (0, 0)


def samples() -> Iterator[str]:
    yield from ("", " ", "1990", "12/05/1990", "vers 1988", "SEN", "Congolais", "06", "MA-CAS", "HEAD", "REG3")
    yield from ("A1234567", "+212612345678", "2026-01-01", "REFUGEE_BRA", "fr wo", "\x00", "\u202e", "é", "محمد")
    yield from ("=1+1", "'; DROP TABLE person; --", "\ud800", "x" * 70, "NaN", "1e999", "٣")


@settings(max_examples=300)
@given(st.dictionaries(st.sampled_from(COLUMNS), st.text(max_size=80) | st.sampled_from(list(samples()))))
def test_no_row_however_broken_raises(cells: dict[str, str]) -> None:
    intake, found = read_row(cells, RULES)
    assert (intake is None) == found.refused
    for finding in found.all:
        assert finding.field in COLUMNS
        assert finding.code in seeds.remedies()


def test_every_code_has_words_in_three_languages() -> None:
    for code, words in seeds.remedies().items():
        assert set(words) == {"fr", "ar", "en"}, code
        assert all(text.strip() for text in words.values()), code


def test_no_rule_uses_a_code_without_words() -> None:
    used = re.compile(
        r'(?:refuse|warn|ValueRefusedError|Finding|ImpossibleDateError)\([^)]*?"([a-z0-9]+(?:-[a-z0-9]+)+)"', re.DOTALL
    )
    files = [*(SERVICES / "registry").rglob("*.py"), SERVICES / "kit" / "periods.py"]
    codes = {code for path in files for code in used.findall(path.read_text("utf-8"))}
    assert len(codes) > 30
    assert codes <= seeds.remedies().keys()


def test_columns_are_those_of_the_description() -> None:
    header = "row_id,given,family,given_ar,family_ar,sex,birth,nationality,birth_place,father_name,mother_name,phone"
    header += ",passport,permit_type,permit_number,permit_from,permit_to,legal_status,status_from,region,unit,commune"
    header += ",school_level,languages,household,relation,name_as_written,email,safe_to_call,safe_to_text,safe_hours"
    header += ",address_line"
    assert tuple(next(csv.reader([header]))) == COLUMNS
