"""Who is calling: read from verified claims, never more than they say."""

from typing import Any

import pytest

from services.kit import problems
from services.kit.callers import PURPOSES, Caller, bearer, caller_from
from services.kit.problems import Problem

CLAIMS: dict[str, Any] = {
    "sub": "agent-1",
    "client_id": "ministry",
    "org": "prefecture-rabat",
    "scope": "a:read b:write",
}


def test_the_caller_is_what_the_claims_say() -> None:
    caller = caller_from({**CLAIMS, "purpose": "TRAINING", "act": {"sub": "gateway"}})
    assert caller == Caller(
        "agent-1", "ministry", "prefecture-rabat", frozenset({"a:read", "b:write"}), "TRAINING", "gateway"
    )


@pytest.mark.parametrize(
    ("claims", "field", "value"),
    [
        ({"purpose": "CURIOSITY"}, "purpose", None),
        ({"purpose": "training"}, "purpose", None),
        ({"purpose": None}, "purpose", None),
        ({"act": "gateway"}, "actor", None),
        ({"act": None}, "actor", None),
        ({"scope": ""}, "scopes", frozenset()),
        ({"scope": "  a:read   a:read "}, "scopes", frozenset({"a:read"})),
        ({}, "actor", None),
    ],
)
def test_what_the_claims_do_not_say_the_caller_does_not_have(claims: dict[str, Any], field: str, value: Any) -> None:
    assert getattr(caller_from({**CLAIMS, **claims}), field) == value


def test_a_caller_may_what_her_token_names_in_full() -> None:
    caller = caller_from(CLAIMS)
    assert caller.may("a:read")
    assert not caller.may("a:write")
    assert not caller.may("a")
    assert not caller.may("")


@pytest.mark.parametrize("purpose", sorted(PURPOSES))
def test_every_purpose_of_the_list_is_a_purpose(purpose: str) -> None:
    assert caller_from({**CLAIMS, "purpose": purpose}).purpose == purpose


@pytest.mark.parametrize("header", ["Bearer abc", "bearer abc", "BEARER  abc "])
def test_the_scheme_is_written_in_any_case(header: str) -> None:
    assert bearer(header) == "abc"


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "abc", "BearerBearer abc"])
def test_without_a_bearer_token_the_caller_is_challenged(header: str | None) -> None:
    with pytest.raises(Problem) as refusal:
        bearer(header)
    assert refusal.value.type is problems.UNAUTHENTICATED
    assert refusal.value.headers["www-authenticate"] == 'Bearer realm="indimaj"'
