"""Entity tags of versions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.kit import problems
from services.kit.etags import etag, required_version
from services.kit.problems import Problem


@given(st.integers(0, 999_999_999))
def test_a_tag_given_out_comes_back_as_its_version(version: int) -> None:
    assert required_version(etag(version)) == required_version(f"  {etag(version)} ") == version


@pytest.mark.parametrize("header", ["*", '"1"', 'W/"v1"', '"v"', '"v-1"', '"v1234567890"', '""', '"abc"'])
def test_a_tag_of_somebody_else_matches_no_version(header: str) -> None:
    with pytest.raises(Problem) as refusal:
        required_version(header)
    assert refusal.value.type is problems.VERSION_CONFLICT
    assert refusal.value.errors[0].code == "etag_format"


@pytest.mark.parametrize("header", ["", "v1", '"v1", "v2"', '"v\u0661"', '"v1"x', "'v1'", '"v1'])
def test_what_is_no_tag_at_all_is_a_bad_request(header: str) -> None:
    with pytest.raises(Problem) as refusal:
        required_version(header)
    assert refusal.value.type is problems.BAD_REQUEST
    assert refusal.value.errors[0].code == "etag_format"


def test_a_change_without_a_tag_is_asked_for_one() -> None:
    with pytest.raises(Problem) as refusal:
        required_version(None)
    assert refusal.value.type is problems.PRECONDITION_REQUIRED
