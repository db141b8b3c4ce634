"""Nationalities, telephone numbers, programme numbers, texts, codes: what is read and what is refused."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.keyed_hash import normalise_identifier
from services.registry.domain.errors import ValueRefusedError
from services.registry.domain.findings import Finding, Findings, Severity
from services.registry.domain.phones import normalise_phone
from services.registry.domain.programme_numbers import check_character, format_number, read_number
from services.registry.domain.sources import Source, row_fingerprint
from services.registry.domain.texts import clean, western_digits
from services.registry.operations.run_import import _normalise as shortened
from tests.registry.builders import REFERENCE


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("SEN", "SEN"),
        ("sen", "SEN"),
        ("Sénégal", "SEN"),
        ("SENEGAL", "SEN"),
        ("Cote d Ivoire", "CIV"),
        ("Côte d'Ivoire", "CIV"),
        ("Guinée", "GIN"),
        ("Guinée-Bissau", "GNB"),
        ("Guinée équatoriale", "GNQ"),
        ("RDC", "COD"),
        ("République démocratique du Congo", "COD"),
        ("Congo-Brazzaville", "COG"),
        ("Niger", "NER"),
        ("Nigeria", "NGA"),
        ("Soudan du Sud", "SSD"),
        ("السنغال", "SEN"),
        ("XXA", "XXA"),
        ("Apatride", "XXA"),
        ("KIR", "KIR"),
    ],
)
def test_a_code_or_the_name_of_a_country_is_a_nationality(written: str, code: str) -> None:
    assert REFERENCE.nationalities.resolve(written) == code


@pytest.mark.parametrize(
    ("written", "code", "candidates"),
    [
        ("Congolais", "nationality-ambiguous", ["COD", "COG"]),
        ("congolaise", "nationality-ambiguous", ["COD", "COG"]),
        ("Congo", "nationality-ambiguous", ["COD", "COG"]),
        ("Guinéen", "nationality-ambiguous", ["GIN", "GNB", "GNQ"]),
        ("soudanaise", "nationality-ambiguous", ["SDN", "SSD"]),
        ("Nigérian", "nationality-adjective", ["NGA"]),
        ("Nigérien", "nationality-adjective", ["NER"]),
        ("Sénégalais", "nationality-adjective", ["SEN"]),
    ],
)
def test_an_adjective_is_never_guessed(written: str, code: str, candidates: list[str]) -> None:
    with pytest.raises(ValueRefusedError) as refusal:
        REFERENCE.nationalities.resolve(written)
    assert (refusal.value.code, refusal.value.extensions) == (code, {"candidates": candidates})


@pytest.mark.parametrize("written", ["ZZZ", "SN", "Wakanda", "", "123"])
def test_an_unknown_nationality_is_refused(written: str) -> None:
    with pytest.raises(ValueRefusedError, match="unknown-code"):
        REFERENCE.nationalities.resolve(written)


def test_every_iso_code_is_known_and_every_name_leads_to_one() -> None:
    codes = REFERENCE.nationalities.codes
    assert len(codes) == 249 + 4
    assert {"SEN", "SSD", "ESH", "XXB", "XXC"} <= codes
    assert set(REFERENCE.nationalities.by_name.values()) <= codes


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("0651303462", "+212651303462"),
        ("06 51-30.34 62", "+212651303462"),
        ("+212 762169948", "+212762169948"),
        ("00212762169948", "+212762169948"),
        ("+212 (0)762169948", "+212762169948"),
        ("٠٦٥١٣٠٣٤٦٢", "+212651303462"),
        ("+221771234567", "+221771234567"),
        ("0033612345678", "+33612345678"),
        ("651303462", None),
        ("06513034", None),
        ("+21212", None),
        ("+212451303462", None),
        ("bonjour", None),
        ("", None),
    ],
)
def test_a_telephone_number_is_read_or_left(written: str, number: str | None) -> None:
    assert normalise_phone(written) == number


@given(st.text(alphabet="+0123456789 .-()/", max_size=20))
def test_what_is_read_as_a_number_reads_again_as_itself(written: str) -> None:
    number = normalise_phone(written)
    assert number is None or normalise_phone(number) == number


def test_the_check_character_is_that_of_iso_7064() -> None:
    # The Global Release Identifier's published example.
    assert check_character("A12425GABC1234002") == "M"


@given(st.integers(2014, 2200), st.integers(0, 999_999_999))
def test_a_programme_number_reads_as_itself_however_it_is_typed(year: int, serial: int) -> None:
    number = format_number(year, serial)
    assert read_number(number) == number
    assert read_number(f" {number.lower().replace('-', ' ')} ") == number


@given(st.integers(0, 999_999), st.integers(3, 12), st.sampled_from(string.digits + string.ascii_uppercase))
def test_one_wrong_character_is_always_found(serial: int, place: int, char: str) -> None:
    compact = format_number(2026, serial).replace("-", "")
    changed = compact[: place - 1] + char + compact[place:]
    assert changed == compact or read_number(changed) is None


@pytest.mark.parametrize("written", ["", "MIG-2026-000001", "MIG-26-000001-X", "XYZ-2026-000001-U"])
def test_what_is_no_programme_number_is_none(written: str) -> None:
    assert read_number(written) is None


@pytest.mark.parametrize(
    ("written", "expected"),
    [("  Awa ", "Awa"), ("Awa", "Awa"), ("  ", None), ("", None), ("e\u0301", "é"), ("\u00a0", None)],
)
def test_text_is_composed_and_trimmed(written: str, expected: str | None) -> None:
    assert clean(written) == expected


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("a" * 201, "too-long"),
        ("é" * 201, "too-long"),
        ("a\x00b", "forbidden-character"),
        ("a\tb", "forbidden-character"),
        ("\u202eabc", "forbidden-character"),
        ("a\ud800", "forbidden-character"),
    ],
)
def test_text_that_no_paper_holds_is_refused(written: str, code: str) -> None:
    with pytest.raises(ValueRefusedError, match=code):
        clean(written)


def test_eastern_digits_become_western() -> None:
    assert western_digits("\u0661\u06f2x") == "12x"
    assert western_digits("12") == "12"


@pytest.mark.parametrize(("written", "code"), [("06", "06"), ("MA-06", "06")])
def test_a_region_has_two_codes(written: str, code: str) -> None:
    assert REFERENCE.territory.region(written) == code


@pytest.mark.parametrize("written", ["MA-CAS", "06.141"])
def test_a_unit_has_two_codes_and_says_its_region(written: str) -> None:
    assert REFERENCE.territory.unit(written) == ("MA-CAS", "06")


def test_the_map_is_whole() -> None:
    assert len(set(REFERENCE.territory.regions.values())) == 12
    units = set(REFERENCE.territory.units.values())
    assert len(units) == 75
    assert {region for _, region in units} == set(REFERENCE.territory.regions.values())
    assert REFERENCE.territory.unit("MA-NOU")[1] == "06"
    assert REFERENCE.territory.unit("MA-CHT")[1] == "09"


def test_codes_outside_the_lists_are_refused() -> None:
    for read in (
        REFERENCE.territory.region,
        REFERENCE.territory.unit,
        REFERENCE.status_period,
        REFERENCE.school_level,
        REFERENCE.language,
    ):
        with pytest.raises(ValueRefusedError, match="unknown-code"):
            read("nowhere")
    assert REFERENCE.school_level("LICENCE") == "LICENCE"
    assert REFERENCE.language("wo") == "wo"


def test_a_source_is_known_again_by_its_content_alone() -> None:
    one = Source("register_person", "a", "b", {"x": 1, "y": ["é"]})
    same = Source("amend_person", "c", "d", {"y": ["é"], "x": 1})
    other = Source("register_person", "a", "b", {"x": 2, "y": ["é"]})
    assert one.fingerprint == same.fingerprint != other.fingerprint
    assert row_fingerprint({"a": "x", "b": "y"}) == row_fingerprint({"b": "y", "a": "x"})
    assert row_fingerprint({"a": "x", "b": "y"}) != row_fingerprint({"a": "xb", "by": ""})


def test_findings_keep_what_readers_refuse() -> None:
    found = Findings()
    assert found.take("/a", int, "1") == 1
    assert found.take("/b", int, "x") is None
    found.warn("/c", "format-unusual")
    assert found.refused
    assert found.all == [Finding("/b", "malformed"), Finding("/c", "format-unusual", Severity.WARNING)]


@given(st.text(max_size=30) | st.text(alphabet=string.ascii_letters + string.digits, max_size=30))
def test_the_imports_short_cut_normalises_as_everybody_else(value: str) -> None:
    assert shortened(value) == normalise_identifier(value)
