"""Parts of an overview, and facts beside a question."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.persons.domain.errors import PersonUnknownError
from services.gateway.persons.domain.parts import Part, PartStatus, part_of
from services.gateway.persons.domain.splicing import with_facts


@pytest.mark.parametrize(
    ("status", "data", "part"),
    [
        (200, {"a": 1}, Part(PartStatus.OK, 0.0, {"a": 1})),
        (200, {"age_s": 3}, Part(PartStatus.OK, 3.0, {"age_s": 3})),
        (200, {"age_s": None}, Part(PartStatus.OK, None, {"age_s": None})),
        (200, {"stale": True, "age_s": 90.5}, Part(PartStatus.STALE, 90.5, {"stale": True, "age_s": 90.5})),
        (200, {"stale": True}, Part(PartStatus.STALE, 0.0, {"stale": True})),
        (200, None, Part(PartStatus.UNAVAILABLE)),
        (403, {"code": "x"}, Part(PartStatus.DENIED)),
        (404, {"code": "x"}, Part(PartStatus.OK, 0.0)),
        (401, {"code": "x"}, Part(PartStatus.UNAVAILABLE)),
        (500, {"code": "x"}, Part(PartStatus.UNAVAILABLE)),
        (503, None, Part(PartStatus.UNAVAILABLE)),
    ],
)
def test_an_answer_makes_an_honest_part(status: int, data: dict[str, Any] | None, part: Part) -> None:
    assert part_of(status, data) == part


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(
    st.dictionaries(st.text().filter(lambda name: name != "facts"), JSON, max_size=4),
    JSON,
    st.sampled_from(["", " ", "\n"]),
)
def test_facts_are_put_beside_a_question_without_touching_it(question: dict[str, Any], facts: Any, space: str) -> None:
    spliced = with_facts(
        f"{space}{json.dumps(question, indent=space or None)}{space}".encode(), json.dumps(facts).encode()
    )
    assert json.loads(spliced) == {**question, "facts": facts}


def test_an_unknown_person_is_named_by_where_her_id_stood() -> None:
    assert PersonUnknownError("/person_id").pointer == "/person_id"
    assert PersonUnknownError().pointer is None
