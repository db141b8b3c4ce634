"""Strict JSON: every plain value is read as it stands, and nothing else gets in."""

import json
from decimal import Decimal
from time import perf_counter
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.kit.strict_json import DEEPEST, MalformedJsonError, loads

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=8)
decimals = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=3)
numbers = st.integers() | decimals
json_values = st.recursive(
    st.none() | st.booleans() | numbers | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=20,
)


def dumps(value: Any, *, ascii_only: bool) -> bytes:
    """Write JSON with decimals as plain numbers: an oracle that shares nothing with the reader."""
    if isinstance(value, Decimal):
        return format(value, "f").encode()
    if isinstance(value, dict):
        members = (
            dumps(name, ascii_only=ascii_only) + b": " + dumps(item, ascii_only=ascii_only)
            for name, item in value.items()
        )
        return b"{" + b", ".join(members) + b"}"
    if isinstance(value, list):
        return b"[" + b", ".join(dumps(item, ascii_only=ascii_only) for item in value) + b"]"
    return json.dumps(value, ensure_ascii=ascii_only).encode()


@given(json_values, st.booleans())
def test_any_value_comes_back_as_it_was_written(value: Any, ascii_only: bool) -> None:
    assert loads(dumps(value, ascii_only=ascii_only)) == value


@given(st.binary(max_size=60))
@example(b'{"a": 1e99999999999999999999}')
@example(b'{"a": -0.0E+99999999999999999999}')
@example(b"\xef\xbb\xbf{}")
@example(b"\xff\xfe{\x00}\x00")
@example(b"[" * 200_000)
@example(b'{"a":' * 100_000)
@example(b"9" * 5_000)
@example(b"1." + b"9" * 100_000)
@example(b'{"\\ud800": 1}')
@example(b"NaN")
@example(b"-Infinity")
@example(b"")
@example(b"\x00")
def test_hostile_bytes_raise_one_kind_of_error_or_are_json(body: bytes) -> None:
    try:
        value = loads(body)
    except MalformedJsonError:
        return
    assert json.loads(body, parse_float=Decimal) == value


@given(st.text(alphabet='{}[]",:0123456789.eE+-truefalsn\\ud8\x00 ', max_size=40))
def test_what_nearly_is_json_raises_one_kind_of_error_or_is_json(text: str) -> None:
    test_hostile_bytes_raise_one_kind_of_error_or_are_json.hypothesis.inner_test(text.encode())  # type: ignore[attr-defined]  # Hypothesis' own handle


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b'{"a": {"b": [0, NaN]}}', "number_not_finite", "/a/b/1"),
        (b'{"a": [-Infinity]}', "number_not_finite", "/a/0"),
        (b'{"a/b": {"c~d": "\\u0000"}}', "forbidden_character", "/a~1b/c~0d"),
        (b'{"a": {"b\\u0000": 1}}', "forbidden_character", "/a"),
        (b'["\\udc00"]', "forbidden_character", "/0"),
        (b'{"a": 1, "a": 1}', "repeated_name", ""),
        (b'[{"a": 1, "\\u0061": 1}]', "repeated_name", ""),
        (b'{"a": 1e31}', "number_out_of_range", ""),
        (b'{"a": 1e-31}', "number_out_of_range", ""),
        (b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1) + b" ", "too_deep", None),
        (b"[1,]", "json_invalid", ""),
        (b"1 2", "json_invalid", ""),
        ("é".encode("latin-1"), "json_invalid", ""),
    ],
)
def test_a_malformed_body_names_what_is_wrong_and_where(body: bytes, code: str, pointer: str | None) -> None:
    with pytest.raises(MalformedJsonError) as refusal:
        loads(body) if code != "too_deep" else loads(body.replace(b"[]", b"[[]]"))
    assert refusal.value.code == code
    assert pointer is None or refusal.value.pointer == pointer


def test_the_deepest_nesting_is_still_read() -> None:
    assert loads(b"[" * DEEPEST + b"]" * DEEPEST)


def test_amounts_are_read_exactly() -> None:
    assert loads(b'{"score": 9.3264284, "none": 0.0, "big": 1e30}') == {
        "score": Decimal("9.3264284"),
        "none": 0,
        "big": Decimal("1e30"),
    }


def test_a_long_name_around_many_members_costs_no_more_than_its_length() -> None:
    body = b'{"' + b"n" * 400_000 + b'": [' + b"0," * 200_000 + b"0]}"
    started = perf_counter()
    loads(body)
    assert perf_counter() - started < 2
