"""JSON Merge Patch, by the table of RFC 7396 appendix A."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit.merge_patch import apply

APPENDIX_A: list[tuple[Any, Any, Any]] = [
    ({"a": "b"}, {"a": "c"}, {"a": "c"}),
    ({"a": "b"}, {"b": "c"}, {"a": "b", "b": "c"}),
    ({"a": "b"}, {"a": None}, {}),
    ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
    ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
    ({"a": "c"}, {"a": ["b"]}, {"a": ["b"]}),
    ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
    ({"a": [{"b": "c"}]}, {"a": [1]}, {"a": [1]}),
    (["a", "b"], ["c", "d"], ["c", "d"]),
    ({"a": "b"}, ["c"], ["c"]),
    ({"a": "foo"}, None, None),
    ({"a": "foo"}, "bar", "bar"),
    ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ([1, 2], {"a": "b", "c": None}, {"a": "b"}),
    ({}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=12,
)


@pytest.mark.parametrize(("document", "patch", "patched"), APPENDIX_A)
def test_the_examples_of_the_standard_hold(document: Any, patch: Any, patched: Any) -> None:
    assert apply(document, patch) == patched


@given(json_values, json_values)
def test_a_patch_applied_twice_changes_nothing_more(document: Any, patch: Any) -> None:
    once = apply(document, patch)
    assert apply(once, patch) == once


@given(json_values)
def test_an_empty_patch_changes_no_object_and_the_document_given_is_never_touched(patch: Any) -> None:
    document = {"kept": {"inner": 1}, "list": [1, {"x": 2}]}
    assert apply(document, {}) == document
    apply(document, {"kept": patch, "list": patch})
    assert document == {"kept": {"inner": 1}, "list": [1, {"x": 2}]}
