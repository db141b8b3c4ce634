"""From raw paths to operations."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.forwarding.domain.errors import (
    AddressTooLongError,
    MalformedPathError,
    UnpublishableDocumentError,
)
from services.gateway.forwarding.domain.matching import PATH_LIMIT, RouteTable
from services.gateway.forwarding.domain.operations import Operation


def table(*routes: tuple[str, str]) -> RouteTable:
    return RouteTable(Operation("registry", f"{method} {template}", method, template) for method, template in routes)


PERSONS = table(
    ("GET", "/v1/persons/{person_id}"),
    ("PATCH", "/v1/persons/{person_id}"),
    ("POST", "/v1/persons/search"),
    ("GET", "/v1/persons/{person_id}/permits"),
    ("GET", "/v1/{kind}/all/permits"),
    ("GET", "/v1/coverage/cards/{card_id}.pdf"),
    ("GET", "/v1/coverage/cards/{card_id}"),
    ("GET", "/v1/coverage/cards/card-{number}"),
)


def matched(routes: RouteTable, path: bytes) -> set[str]:
    methods = routes.match(path)
    return set() if methods is None else {operation.template for operation in methods.values()}


@pytest.mark.parametrize(
    ("path", "template"),
    [
        (b"/v1/persons/42", "/v1/persons/{person_id}"),
        (b"/v1/persons/search", "/v1/persons/search"),
        (b"/v1/persons/searches", "/v1/persons/{person_id}"),
        (b"/v1/persons/42/permits", "/v1/persons/{person_id}/permits"),
        (b"/v1/persons/all/permits", "/v1/persons/{person_id}/permits"),
        (b"/v1/children/all/permits", "/v1/{kind}/all/permits"),
        (b"/v1/coverage/cards/7.pdf", "/v1/coverage/cards/{card_id}.pdf"),
        (b"/v1/coverage/cards/.pdf", "/v1/coverage/cards/{card_id}"),
        (b"/v1/coverage/cards/7", "/v1/coverage/cards/{card_id}"),
        (b"/v1/coverage/cards/card-7", "/v1/coverage/cards/card-{number}"),
        (b"/v1/persons/a.b~c_d-e", "/v1/persons/{person_id}"),
    ],
)
def test_a_literal_wins_over_a_parameter_and_the_longer_literal_over_the_shorter(path: bytes, template: str) -> None:
    assert matched(PERSONS, path) == {template}


@pytest.mark.parametrize(
    "path", [b"/", b"/v1", b"/v1/persons", b"/v1/persons/", b"/v1/persons/42/", b"/V1/persons/42", b"/v1/persons/1/x"]
)
def test_what_is_not_published_is_not_matched(path: bytes) -> None:
    assert PERSONS.match(path) is None


@pytest.mark.parametrize(
    "path",
    [
        b"",
        b"v1/persons/42",
        b"*",
        b"/v1//persons/42",
        b"//v1/persons/42",
        b"/v1/persons/../health",
        b"/v1/./persons/42",
        b"/v1/persons/..",
        b"/v1/persons/.",
        b"/v1/persons/%34%32",
        b"/v1/persons/a%2Fb",
        b"/v1/persons/%2e%2e",
        b"/v1/persons/42;admin=1",
        b"/v1/persons/42\\..",
        b"/v1/persons/42?x",
        b"/v1/persons/42#x",
        b"/v1/persons/4 2",
        b"/v1/persons/\xc3\xa9",
        b"/v1/persons/4\x002",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(path: bytes) -> None:
    with pytest.raises(MalformedPathError):
        PERSONS.match(path)


def test_no_path_is_longer_than_any_published_one() -> None:
    with pytest.raises(AddressTooLongError):
        PERSONS.match(b"/v1/persons/" + b"a" * PATH_LIMIT)


def test_the_methods_of_one_path_come_together_whoever_publishes_them() -> None:
    routes = RouteTable(
        [
            Operation("training", "list", "GET", "/v1/sessions/{session_id}/applications"),
            Operation("gateway", "apply", "POST", "/v1/sessions/{id}/applications"),
        ]
    )
    methods = routes.match(b"/v1/sessions/7/applications")
    assert methods is not None
    assert {method: operation.service for method, operation in methods.items()} == {
        "GET": "training",
        "POST": "gateway",
    }


def test_two_operations_cannot_share_a_place_or_a_name() -> None:
    with pytest.raises(UnpublishableDocumentError, match="published twice"):
        table(("GET", "/v1/persons/{person_id}"), ("GET", "/v1/persons/{id}"))
    with pytest.raises(UnpublishableDocumentError, match="operationId read"):
        RouteTable([Operation("a", "read", "GET", "/a"), Operation("b", "read", "GET", "/b")])


SEGMENT = st.sampled_from(["a", "b", "c", "{x}"])
TEMPLATES = st.lists(st.lists(SEGMENT, min_size=1, max_size=4), max_size=8).map(
    lambda found: sorted({"/" + "/".join(one) for one in found})
)
PATHS = st.lists(st.sampled_from(["a", "b", "c", "d"]), min_size=1, max_size=5).map(lambda one: "/" + "/".join(one))


def slow_answer(templates: list[str], path: str) -> str | None:
    """The obvious way: every template as a regular expression; the one literal for longest wins."""
    fitting = [
        template for template in templates if re.fullmatch(re.sub(r"\\\{x\\\}", "[^/]+", re.escape(template)), path)
    ]
    return min(fitting, key=lambda template: [part == "{x}" for part in template.split("/")], default=None)


@given(TEMPLATES, PATHS)
def test_the_tree_says_what_a_loop_over_regular_expressions_would(templates: list[str], path: str) -> None:
    methods = table(*[("GET", template) for template in templates]).match(path.encode())
    assert (None if methods is None else methods["GET"].template) == slow_answer(templates, path)


@given(st.binary(max_size=60))
def test_any_bytes_are_matched_or_refused_and_never_break_it(path: bytes) -> None:
    try:
        found = matched(PERSONS, path)
    except MalformedPathError:
        return
    assert not found or re.fullmatch(rb"/[A-Za-z0-9._~/-]+", path)
