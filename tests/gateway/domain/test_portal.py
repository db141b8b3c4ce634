"""What the portal's pages are made of."""

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.steering.domain.answers import Answer, refusal_of
from services.gateway.steering.domain.examples import example, resolved
from services.gateway.steering.domain.offers import Offer, Parameter, offers, open_to
from services.gateway.steering.domain.partner import Gauge, agreements_of, clients_of, purposes_by_scope
from services.gateway.steering.domain.shown import LONGEST, held_back, lines_of
from services.gateway.steering.domain.trials import (
    MissingParameterError,
    Trial,
    as_curl,
    as_javascript,
    as_python,
    trial_of,
)

DAY = date(2026, 11, 23)
MADE = "2026-01-01T09:00:00+00:00"


def client(**changes: Any) -> dict[str, Any]:
    return {
        "client_id": "desk", "name": "Desk", "state": "active", "token_endpoint_auth_method": "client_secret_basic",
        "grant_types": ["client_credentials"], "scopes": ["b:read", "a:read"], "dpop_required": False,
        "created_at": MADE, "secrets": [],
    } | changes  # fmt: skip


def agreement(**changes: Any) -> dict[str, Any]:
    entry = {"resource": "persons", "actions": ["read", "search"], "fields": None, "rows": "all"}
    return {
        "authorisation_number": "N-1", "standing": "in_force", "purposes": ["TRAINING"], "resources": [entry],
        "valid_from": "2026-01-01", "valid_to": "2026-11-23", "ended_on": None,
    } | changes  # fmt: skip


# --- partner


def test_clients_stand_in_order_with_their_newest_secret_first_and_the_portal_is_none_of_them() -> None:
    secrets = [
        {"created_at": MADE, "expires_at": "2026-02-01T09:00:00+00:00"},
        {"created_at": "2026-01-31T09:00:00+00:00", "expires_at": None},
    ]
    found = clients_of(
        {
            "clients": [
                client(client_id="old", state="stopped", token_endpoint_auth_method="none"),
                client(client_id="portal.x"),
                client(secrets=secrets),
            ]
        }
    )
    assert [card.id for card in found] == ["desk", "old"]
    assert [card.has_secret for card in found] == [True, False]
    assert found[0].secrets[0].ends_at is None
    assert found[0].scopes == ["a:read", "b:read"]


def test_the_last_day_counts_and_an_agreement_that_ends_soon_is_marked() -> None:
    def card(**changes: Any) -> Any:
        return agreements_of({"agreements": [agreement(**changes)]}, on=DAY)[0]

    assert (card().days_left, card().ends_soon) == (1, True)
    assert card(valid_to="2027-06-01").ends_soon is False
    assert (card(valid_to=None).days_left, card(valid_to=None).ends_soon) == (None, False)
    assert card(standing="proposed").days_left is None
    assert card(standing="ended", ended_on="2026-03-01").ended_on == date(2026, 3, 1)


def test_only_agreements_in_force_give_a_scope_and_several_unite() -> None:
    cards = agreements_of(
        {
            "agreements": [
                agreement(standing="expired", purposes=["AUDIT"]),
                agreement(authorisation_number="N-2", purposes=["SCHOOL"]),
                agreement(),
            ]
        },
        on=DAY,
    )
    assert [card.standing for card in cards] == ["in_force", "in_force", "expired"]
    assert purposes_by_scope(cards)["persons:read"] == frozenset({"TRAINING", "SCHOOL"})


@pytest.mark.parametrize(("used", "level"), [(0, "calm"), (49, "calm"), (50, "busy"), (90, "full"), (100, "full")])
def test_a_gauge_says_how_full_it_is(used: int, level: str) -> None:
    assert Gauge("c", "read", "read", 10, 60, 100, used, own=False).level == level


# --- answers


def test_a_refusal_is_told_in_the_apis_own_words_and_without_them_by_its_status() -> None:
    assert refusal_of(Answer(200, [], b"{}")) is None
    said = refusal_of(Answer(403, [], b'{"code":"no","title":"T","detail":"D"}'))
    assert said is not None
    assert (said.code, said.title, said.detail) == ("no", "T", "D")
    for body in (b"<html>", b"[]"):
        silent = refusal_of(Answer(502, [], body))
        assert silent is not None
        assert (silent.code, silent.title) == ("502", "")


# --- examples

SCHEMAS: dict[str, Any] = {
    "Name": {
        "type": "object",
        "properties": {"family": {"type": "string", "examples": ["Diallo"]}, "other": {"type": "string"}},
        "required": ["family"],
    },
    "Self": {"type": "object", "properties": {"self": {"$ref": "#/components/schemas/Self"}}, "required": ["self"]},
    "Search": {
        "type": "object",
        "properties": {
            "limit": {"type": "integer", "default": 20},
            "name": {"anyOf": [{"type": "string"}, {"type": "null"}], "examples": ["A"]},
            "land": {"examples": ["GIN"]},
            "town": {"examples": ["X"]},
        },
    },
}


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"$ref": "#/components/schemas/Name"}, {"family": "Diallo"}),
        ({"$ref": "#/components/schemas/Search"}, {"name": "A", "land": "GIN"}),
        ({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 3}]}, 3),
        ({"anyOf": [{"type": "null"}]}, None),
        ({"type": "array", "minItems": 1, "items": {"type": "boolean"}}, [False]),
        ({"type": "array", "items": {"type": "boolean"}}, []),
        ({"type": "string", "format": "date"}, "2026-01-31"),
        ({"type": "string"}, ""),
        ({"enum": ["a", "b"]}, "a"),
        ({"const": 7}, 7),
        ({"type": "number"}, 0),
        ({"type": "object"}, {}),
        ({}, None),
    ],
)
def test_an_example_is_what_is_named_or_else_the_least_that_fits(schema: dict[str, Any], value: Any) -> None:
    assert example(schema, SCHEMAS) == value


def test_a_schema_that_contains_itself_ends_somewhere() -> None:
    assert "self" in example({"$ref": "#/components/schemas/Self"}, SCHEMAS)
    assert resolved({"$ref": "#/loop"}, {"loop": {"$ref": "#/loop"}})


# --- offers


def document() -> dict[str, Any]:
    guarded = {"security": [{"oauth2": ["persons:read"]}], "tags": ["persons"]}
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Name"}}}}
    purpose = {"name": "Purpose", "in": "header"}
    person = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "description": "Who"}}
    return {
        "paths": {
            "/v1/persons/{id}": {
                "parameters": [person],
                "get": {**guarded, "operationId": "read", "x-personal-data": True, "description": "One.\n\nMore.",
                        "parameters": [purpose, {"name": "kind", "in": "query", "schema": {"enum": ["a", "b"]}},
                                       {"name": "wait", "in": "query"}, {"name": "c", "in": "cookie"}]},
                "delete": {**guarded, "operationId": "drop", "tags": [], "summary": "Drop"},
            },
            "/v1/persons/search": {"post": {**guarded, "operationId": "search", "requestBody": body}},
            "/v1/files": {"post": {**guarded, "operationId": "load", "requestBody": {"content": {"text/csv": {}}}}},
            "/v1/open": {"get": {"operationId": "open", "security": []}},
            "/v1/basic": {"get": {"operationId": "basic", "security": [{"basic": []}]}},
            "/v1/inner": {"get": {**guarded, "operationId": "inner", "x-internal": True}},
            "/v1/me": {"get": {"operationId": "me", "security": [{"oauth2": []}], "x-personal-data": True}},
        },
        "components": {"schemas": SCHEMAS},
    }  # fmt: skip


def test_offers_are_what_takes_a_token_and_no_file() -> None:
    found = {offer.id: offer for offer in offers(document())}
    assert found.keys() == {"read", "drop", "search", "me"}
    read, search = found["read"], found["search"]
    assert [(one.name, one.place, one.required, one.choices) for one in read.parameters] == [
        ("id", "path", True, ()), ("kind", "query", False, ("a", "b")),
    ]  # fmt: skip
    assert (read.summary, read.about, read.parameters[0].about) == ("One.", "More.", "Who")
    assert (found["drop"].group, found["drop"].summary, found["drop"].writes) == ("other", "Drop", True)
    assert (search.example, search.writes, read.writes) == ({"family": "Diallo"}, False, False)


def test_an_operation_is_open_to_who_holds_its_scopes_and_has_an_agreement_for_it() -> None:
    agreed = {"persons:read": frozenset({"TRAINING"})}
    found = {offer.id: offer for offer in offers(document())}
    assert found["read"].purposes({"persons:read"}, agreed) == frozenset({"TRAINING"})
    assert found["read"].purposes({"persons:read"}, {}) is None
    assert found["read"].purposes(set(), agreed) is None
    assert found["drop"].purposes({"persons:read"}, {}) == frozenset()
    assert found["me"].purposes(set(), agreed) is None  # personal, and no scope that an agreement could give
    groups = dict(open_to(found.values(), {"persons:read"}, agreed))
    assert {name: [offer.id for offer in each] for name, each in groups.items()} == {
        "persons": ["search", "read"], "other": ["drop"],
    }  # fmt: skip


# --- trials

PUT = Offer(
    "set",
    "PUT",
    "/v1/x/{id}",
    "x",
    "",
    "",
    (frozenset(),),
    personal=False,
    parameters=(
        Parameter("id", "path", True, "", ""),
        Parameter("q", "query", False, "", ""),
        Parameter("if-match", "header", False, "", ""),
    ),
    body=True,
)


def test_a_filled_form_becomes_a_request() -> None:
    form = {"path.id": "a/b é", "query.q": "x y", "header.if-match": '"v1"', "purpose": "TRAINING", "body": " {} "}
    trial = trial_of(PUT, form, language="ar", key="k")
    assert (trial.method, trial.target, trial.body) == ("PUT", "/v1/x/a%2Fb%20%C3%A9?q=x+y", "{}")
    assert trial.headers == {
        "Accept": "application/json", "Accept-Language": "ar", "If-Match": '"v1"', "Purpose": "TRAINING",
        "Content-Type": "application/json",
    }  # fmt: skip
    with pytest.raises(MissingParameterError):
        trial_of(PUT, {}, language="fr", key="k")
    least = trial_of(PUT, {"path.id": "1"}, language="fr", key="k")
    assert (least.target, least.body, "Content-Type" in least.headers) == ("/v1/x/1", "", False)


def test_only_a_change_by_post_carries_a_key() -> None:
    post = Offer("add", "POST", "/v1/x", "x", "", "", (frozenset(),), personal=False, parameters=())
    assert trial_of(post, {"body": "{}"}, language="fr", key="k") == Trial(
        "POST", "/v1/x", {"Accept": "application/json", "Accept-Language": "fr", "Idempotency-Key": "k"}
    )


@given(st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=40))
def test_nothing_that_is_typed_ends_a_quotation_in_a_snippet(typed: str) -> None:
    trial = Trial("POST", "/v1/x", {"Purpose": "AUDIT"}, typed)
    compile(as_python(trial, "https://x.example"), "snippet", "exec")
    shell = as_curl(trial, "https://x.example")
    assert shell.replace("'\\''", "").count("'") % 2 == 0
    assert as_javascript(trial, "https://x.example").count("await fetch") == 1


def test_snippets_without_a_body_have_none() -> None:
    trial = Trial("GET", "/v1/x", {})
    assert "--data" not in as_curl(trial, "https://x.example")
    assert "content=" not in as_python(trial, "https://x.example")
    assert "body:" not in as_javascript(trial, "https://x.example")


# --- shown


def kinds(body: bytes) -> list[list[str]]:
    return [[kind for kind, _ in line.pieces if kind] for line in lines_of(body)]


def test_json_is_shown_in_lines_and_kinds() -> None:
    assert kinds(b'{"a": "x", "b": [1, true, null, "y"], "c": {}}') == [
        [], ["key", "text"], ["key"], ["number"], ["word"], ["word"], ["text"], [], ["key"], [],
    ]  # fmt: skip
    assert [line.pieces for line in lines_of(b"<b>\nno")] == [[("", "<b>")], [("", "no")]]
    assert lines_of(b"") == []
    assert lines_of(b'"x"')[0].pieces == [("text", '"x"')]


def test_what_was_held_back_is_marked_and_named() -> None:
    body = b'{"items": [], "meta": {"redactions": [{"field": "contacts"}, {"field": "contacts"}, {"x": 1}, 2], "z": 1}}'
    marked = [line.held_back for line in lines_of(body)]
    assert marked.count(True) == 12
    assert marked[-1] is False
    assert marked[-3] is False  # what follows is not held back
    assert held_back(body) == ["contacts"]
    empty = lines_of(b'{"meta": {"redactions": [], "z": 1}}')
    assert [line.held_back for line in empty] == [False, False, True, False, False, False]


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"meta": 1}', b'{"meta": {"redactions": 1}}'])
def test_where_nothing_was_held_back_nothing_is_named(body: bytes) -> None:
    assert held_back(body) == []


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=20,
    )
)
def test_no_character_is_lost_or_added(value: Any) -> None:
    body = json.dumps(value).encode()
    shown = "\n".join("".join(text for _, text in line.pieces) for line in lines_of(body))
    assert shown.splitlines() == json.dumps(value, ensure_ascii=False, indent=2)[:LONGEST].splitlines()
