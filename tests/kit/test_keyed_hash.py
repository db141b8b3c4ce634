"""Keyed hashes of identifiers."""

import hashlib
import hmac
import secrets

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.keyed_hash import IdentifierHasher, normalise_identifier

KEY = bytes(range(32))
HASHER = IdentifierHasher(KEY)
SYSTEMS = ["PASSPORT", "PERMIT", "IDCS", "UNHCR", "MASSAR", "CNSS", "CNIE", "PROGRAMME"]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("ab 12-34", "AB1234"),
        ("AB.1234/", "AB1234"),
        ("٠١٢٣٤٥٦٧٨٩", "0123456789"),
        ("۰۱۲۳۴۵۶۷۸۹", "0123456789"),
        ("\uff21\uff22\uff11\uff12", "AB12"),
        ("①②", "12"),
        ("\u202aC123\u202c", "C123"),
        ("", ""),
        ("رقم", ""),
    ],
)
def test_an_identifier_is_the_same_however_it_is_typed(typed: str, meant: str) -> None:
    assert normalise_identifier(typed) == meant


@given(st.text())
def test_normalising_leaves_ascii_letters_and_digits_and_once_is_enough(value: str) -> None:
    normal = normalise_identifier(value)
    assert all(char in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" for char in normal)
    assert normalise_identifier(normal) == normal
    assert normalise_identifier(f" {value} - ") == normal


def test_the_hash_is_hmac_sha256_over_system_separator_and_value() -> None:
    expected = hmac.new(KEY, b"PASSPORT\x1fAB12", hashlib.sha256).hexdigest()
    assert HASHER.hash("PASSPORT", "ab 12") == expected


@given(st.sampled_from(SYSTEMS), st.text(min_size=1), st.sampled_from(SYSTEMS), st.text(min_size=1))
def test_two_hashes_agree_only_when_system_and_value_agree(system: str, value: str, other: str, second: str) -> None:
    value, second = f"1{value}", f"1\x1f{second}"  # the separator is no part of any value, however it is written
    same = (system, normalise_identifier(value)) == (other, normalise_identifier(second))
    assert (HASHER.hash(system, value) == HASHER.hash(other, second)) is same


def test_a_value_without_letters_or_digits_has_no_hash_for_all_such_would_match() -> None:
    for value in ("", "---", "رقم"):
        with pytest.raises(ValueError, match="at least one letter or digit"):
            HASHER.hash("PASSPORT", value)


def test_a_short_key_is_refused_and_another_key_gives_other_hashes() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        IdentifierHasher(secrets.token_bytes(31))
    assert IdentifierHasher(bytes(32)).hash("CNIE", "A1") != HASHER.hash("CNIE", "A1")
