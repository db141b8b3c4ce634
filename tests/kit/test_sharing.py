"""What agreements hold back: no member that is not agreed is ever shown, asked by or written."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

import httpx
import pytest
from fastapi import Depends, FastAPI, Query, Request, Response
from fastapi.responses import StreamingResponse
from hypothesis import given
from hypothesis import strategies as st

from services.kit import audit
from services.kit.application import build
from services.kit.audit import Trail
from services.kit.callers import Caller, Share, caller_from, requires
from services.kit.database import WriteSession
from services.kit.etags import IfMatch, etag
from services.kit.fields import StrictModel, Text
from services.kit.routes import Router
from services.kit.settings import ServiceSettings
from services.kit.sharing import ENVELOPE, NotRedactableError, Sharing, redact, tag
from services.stack.stores import Store
from tests.support.asgi import client_of, settings_for
from tests.support.callers import bearer, trust_test_keys

SHARING = Sharing.declared(
    {"x-sharing": {"kept": ["at"], "named": {"phone": "contacts"}, "records": ["last"], "entries": "changes"}}
)
NAMES = st.sampled_from(["id", "at", "names", "sex", "contacts", "phone", "unheard-of"])
FIELDS = st.frozensets(st.sampled_from(["names", "sex", "contacts"]))
SECRETS = st.text(max_size=3)
RECORDS = st.dictionaries(NAMES, SECRETS | st.lists(SECRETS, max_size=2), max_size=5)
ENTRIES = st.lists(st.fixed_dictionaries({"field": NAMES, "after": SECRETS}), max_size=3)
NOTES = st.lists(st.fixed_dictionaries({"pointer": NAMES.map(lambda name: f"/{name}/0"), "code": SECRETS}), max_size=3)


@st.composite
def documents(draw: st.DrawFn, depth: int = 2) -> dict[str, Any]:
    document: dict[str, Any] = dict(draw(RECORDS))
    if draw(st.booleans()):
        document["changes"] = draw(ENTRIES)
    if draw(st.booleans()):
        document["meta"] = draw(st.none() | st.fixed_dictionaries({"warnings": NOTES}))
    if depth and draw(st.booleans()):
        document["items"] = draw(st.lists(documents(depth=depth - 1), max_size=2))
    if depth and draw(st.booleans()):
        document["last"] = draw(st.none() | documents(depth=depth - 1))
    return document


def shown_members(document: dict[str, Any]) -> set[str]:
    """Return the fields of every member, entry and note at any depth, but for what a route needs to work."""
    found: set[str] = set()
    for name, value in document.items():
        if name in {"items", "last"}:
            for one in value if isinstance(value, list) else [value] if value else []:
                found |= shown_members(one)
        elif name == "changes":
            found |= {SHARING.field_of(entry["field"]) for entry in value}
        elif name == "meta":
            found |= {note["pointer"].split("/")[1] for note in value.get("warnings", ())}
        else:
            found.add(name)
    return {SHARING.field_of(name) for name in found} - ENVELOPE - SHARING.kept


@given(documents(), FIELDS)
def test_no_member_is_shown_that_is_not_agreed(document: dict[str, Any], fields: frozenset[str]) -> None:
    shown = redact(document, SHARING, fields)
    assert shown_members(shown) <= fields
    redactions = shown.get("meta", {}).get("redactions", [])
    assert not {one["field"] for one in redactions} & fields
    assert all(one["reason"] == "not_in_agreement" for one in redactions)
    assert redact({**shown, "meta": {}}, SHARING, fields).get("meta", {}).get("redactions", []) in (
        [],
        [{"field": "changes", "reason": "not_in_agreement"}],
    )


@given(documents(), FIELDS)
def test_every_member_that_is_left_out_is_named_once(document: dict[str, Any], fields: frozenset[str]) -> None:
    redactions = redact(document, SHARING, fields).get("meta", {}).get("redactions", [])
    named = [one["field"] for one in redactions]
    assert named == sorted(set(named))
    assert {"names", "sex"} & set(document) - fields <= set(named)


@given(st.none() | st.integers() | documents())
def test_without_a_restriction_nothing_is_touched(document: Any) -> None:
    assert redact(document, SHARING, None) is document


@given(documents())
def test_with_every_field_agreed_everything_is_shown(document: dict[str, Any]) -> None:
    everything = frozenset({"names", "sex", "contacts", "unheard-of"})
    shown = redact(
        {name: value for name, value in document.items() if name not in {"items", "last"}}, SHARING, everything
    )
    for name in set(document) - {"items", "last", "changes", "meta"}:
        assert shown[name] == document[name]


@pytest.mark.parametrize(
    "document",
    [
        None,
        [],
        "text",
        {"items": ["text"]},
        {"items": [[{"names": 1}]]},
        {"items": "text"},
        {"last": 3},
        {"changes": {}},
        {"changes": ["text"]},
        {"changes": [{"after": "value"}]},
        {"changes": [{"field": ["names"]}]},
        {"meta": "text"},
        {"meta": {"warnings": "text"}},
        {"meta": {"warnings": [{"code": "x"}]}},
    ],
)
def test_what_is_not_shaped_as_declared_is_not_shown(document: Any) -> None:
    with pytest.raises(NotRedactableError):
        redact(document, SHARING, frozenset({"names"}))


def test_a_route_about_one_field_and_one_about_the_callers_own_are_whole() -> None:
    for extra in ({"x-field": "identifiers"}, {"x-sharing": {"whole": True}}):
        document = {"value": "A1"}
        assert redact(document, Sharing.declared(extra), frozenset()) is document


@pytest.mark.parametrize(
    ("extra", "members", "parameters", "refused"),
    [
        ({}, ["names", "id"], ["limit", "cursor"], []),
        ({}, ["sex", "a/b~c", "names"], ["sex"], ["/sex", "/a~1b~0c", "?sex"]),
        ({"x-sharing": {"named": {"phone": "contacts"}}}, ["phone"], [], ["/phone"]),
        ({"x-sharing": {"named": {"name": "names"}, "kept": ["at"]}}, ["name", "at"], ["at"], []),
        ({"x-field": "names"}, ["anything"], ["as_of"], []),
        ({"x-field": "identifiers"}, [], [], ["/identifiers"]),
        ({"x-sharing": {"whole": True}}, ["sex"], ["mode"], []),
    ],
)
def test_a_question_names_agreed_fields_only(
    extra: dict[str, Any], members: list[str], parameters: list[str], refused: list[str]
) -> None:
    assert Sharing.declared(extra).refused(members, parameters, frozenset({"names"})) == refused


def test_the_tag_of_a_view_depends_on_its_fields_alone() -> None:
    assert tag(frozenset({"a", "b"})) == tag(frozenset({"b", "a"}))
    assert tag(frozenset({"a", "b"})) != tag(frozenset({"ab"})) != tag(frozenset())
    assert len(tag(frozenset())) == 8


def test_own_rows_are_those_of_the_callers_organisation() -> None:
    caller = caller_from({"sub": "s", "client_id": "c", "org": "mdm", "agreed": {"a": {"own": True}, "b": {}}})
    assert (caller.rows_of("a"), caller.rows_of("b"), caller.rows_of("c")) == ("mdm", None, None)
    assert caller.persons_of() == "mdm"  # nothing is said of persons: what she asks with decides
    shares = caller.shares | {Share("persons")}
    whole = Caller("s", "c", "mdm", frozenset(), shares=shares)
    assert whole.persons_of() is None
    own = Caller("s", "c", "mdm", frozenset(), shares=frozenset({Share("persons", own=True)}))
    assert own.persons_of() == "mdm"
    assert Caller("s", "c", "mdm", frozenset()).persons_of() is None


class Card(StrictModel):
    names: Text
    phone: Text | None = None


router = Router()
DECLARED = {"x-sharing": {"named": {"phone": "contacts"}}}
TrailDep = Annotated[Trail, Depends(audit.trail)]
DONE: list[str] = []


@router.post("/v1/cards", operation_id="write_card", status_code=201, openapi_extra=DECLARED)
async def write_card(
    card: Card, caller: Annotated[Caller, requires("cards:write")], session: WriteSession
) -> dict[str, Any]:
    """Write a card."""
    DONE.append(card.names)
    return {"id": 1, "names": card.names, "phone": card.phone, "by": caller.client_id}


@router.patch("/v1/cards/{card_id}", operation_id="amend_card", openapi_extra=DECLARED)
async def amend_card(
    card_id: int, card: Card, version: IfMatch, caller: Annotated[Caller, requires("cards:write")]
) -> dict[str, Any]:
    """Amend a card."""
    return {"id": card_id, "version": version, "names": card.names}


@router.get("/v1/cards/{card_id}", operation_id="read_card", openapi_extra=DECLARED)
async def read_card(
    card_id: int,
    caller: Annotated[Caller, requires("cards:read")],
    trail: TrailDep,
    response: Response,
    names: Annotated[str | None, Query()] = None,
    phone: Annotated[str | None, Query()] = None,
) -> dict[str, Any]:
    """Read a card."""
    trail.about(UUID(int=card_id))
    response.headers["etag"] = etag(3)
    return {"id": card_id, "version": 3, "names": "Awa", "phone": "0651303462"}


@router.get("/v1/cards/{card_id}/phones", operation_id="list_phones", openapi_extra={"x-field": "contacts"})
async def list_phones(card_id: int, caller: Annotated[Caller, requires("cards:read")]) -> dict[str, Any]:
    """List telephone numbers."""
    return {"items": [{"number": "0651303462"}], "next": None}


@router.get("/v1/text", operation_id="read_text")
async def read_text(caller: Annotated[Caller, requires("cards:read")]) -> Response:
    """Answer with what is no JSON."""
    return Response("names: Awa")


@router.get("/v1/stream", operation_id="read_stream")
async def read_stream(request: Request, caller: Annotated[Caller, requires("cards:read")]) -> StreamingResponse:
    """Answer in parts."""

    async def parts() -> AsyncIterator[bytes]:
        yield b"names: Awa"

    return StreamingResponse(parts())


@router.get("/v1/both", operation_id="read_both")
async def read_both(caller: Annotated[Caller, requires("cards:read", "notes:read")]) -> dict[str, str]:
    """Read what two agreed resources bound."""
    return {"names": "Awa", "phone": "0651303462", "sex": "F"}


@pytest.fixture
async def client(notes_store: Store) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a service of cards."""
    built: FastAPI = build("notes", settings=ServiceSettings(**settings_for(notes_store)), routers=[router])
    trust_test_keys(built, "notes")
    transport = httpx.ASGITransport(app=built, raise_app_exceptions=False)
    async with client_of(built) as opened:
        opened._transport = transport
        yield opened


def agreed(*fields: str) -> dict[str, str]:
    return bearer("cards:read", "cards:write", service="notes", agreed={"cards": {"fields": list(fields)}})


WHOLE = bearer("cards:read", "cards:write", service="notes")


async def test_an_answer_leaves_out_what_is_not_agreed_and_names_it(client: httpx.AsyncClient) -> None:
    whole = await client.get("/v1/cards/1", headers=WHOLE)
    answer = await client.get("/v1/cards/1", headers=agreed("names"))
    assert whole.json() == {"id": 1, "version": 3, "names": "Awa", "phone": "0651303462"}
    redactions = [{"field": "contacts", "reason": "not_in_agreement"}]
    assert answer.json() == {"id": 1, "version": 3, "names": "Awa", "meta": {"redactions": redactions}}
    assert int(answer.headers["content-length"]) == len(answer.content)
    assert whole.headers["etag"] == '"v3"'
    assert answer.headers["etag"] == f'"v3-{tag(frozenset({"names"}))}"'


async def test_each_view_has_its_own_tag_and_its_own_304(client: httpx.AsyncClient) -> None:
    views = [WHOLE, agreed("names"), agreed("contacts")]
    tags = [(await client.get("/v1/cards/1", headers=view)).headers["etag"] for view in views]
    assert len(set(tags)) == 3
    for view in views:
        answers = [await client.get("/v1/cards/1", headers={**view, "if-none-match": held}) for held in tags]
        assert [answer.status_code for answer in answers].count(304) == 1
        assert [answer.content for answer in answers if answer.status_code == 304] == [b""]


async def test_the_tag_of_a_view_is_good_for_if_match(client: httpx.AsyncClient) -> None:
    view = agreed("names")
    held = (await client.get("/v1/cards/1", headers=view)).headers["etag"]
    answer = await client.patch("/v1/cards/1", json={"names": "Hawa"}, headers={**view, "if-match": held})
    assert (answer.status_code, answer.json()["version"]) == (200, 3)


async def test_writing_a_field_that_is_not_agreed_does_nothing(client: httpx.AsyncClient) -> None:
    DONE.clear()
    card = {"names": "Awa", "phone": "0651303462"}
    answer = await client.post("/v1/cards", json=card, headers=agreed("names"))
    assert (answer.status_code, answer.json()["code"]) == (403, "field-not-agreed")
    assert [error["pointer"] for error in answer.json()["errors"]] == ["/phone"]
    assert "0651303462" not in answer.text
    assert not DONE
    assert (await client.post("/v1/cards", json={"names": "Awa"}, headers=agreed("names"))).status_code == 201
    assert (await client.post("/v1/cards", json=[card], headers=agreed("names"))).status_code == 422


async def test_asking_by_a_field_that_is_not_agreed_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/cards/1?phone=0651303462&names=Awa", headers=agreed("names"))
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (403, ["?phone"])
    assert (await client.get("/v1/cards/1?names=Awa", headers=agreed("names"))).status_code == 200


async def test_a_list_that_is_one_field_is_shown_whole_or_refused(client: httpx.AsyncClient) -> None:
    shown = await client.get("/v1/cards/1/phones", headers=agreed("contacts"))
    assert shown.json() == {"items": [{"number": "0651303462"}], "next": None}
    refused = await client.get("/v1/cards/1/phones", headers=agreed("names"))
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "/contacts")


async def test_a_replayed_answer_is_cut_again_to_what_is_agreed_now(client: httpx.AsyncClient) -> None:
    card, key = {"names": "Awa", "phone": "0651303462"}, {"idempotency-key": "k"}
    first = await client.post("/v1/cards", json=card, headers=WHOLE | key)
    assert first.json()["phone"] == "0651303462"
    now = await client.post("/v1/cards", json=card, headers=agreed("names", "contacts") | key)
    assert now.headers["idempotent-replayed"] == "true"
    assert (now.json()["phone"], "by" in now.json()) == ("0651303462", False)
    assert [one["field"] for one in now.json()["meta"]["redactions"]] == ["by"]


@pytest.mark.parametrize("path", ["/v1/text", "/v1/stream"])
async def test_what_cannot_be_cut_is_not_sent(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path, headers=WHOLE)).text == "names: Awa"
    refused = await client.get(path, headers=agreed("names"))
    assert refused.status_code == 500
    assert "Awa" not in refused.text


async def test_of_two_agreed_resources_both_bounds_hold(client: httpx.AsyncClient) -> None:
    async def shown(agreed: dict[str, Any]) -> set[str]:
        headers = bearer("cards:read", "notes:read", service="notes", agreed=agreed)
        return set((await client.get("/v1/both", headers=headers)).json()) - {"meta"}

    some, others = {"fields": ["names", "sex"]}, {"fields": ["names", "phone"]}
    assert await shown({"cards": {}, "notes": {}}) == {"names", "phone", "sex"}
    assert await shown({"cards": some, "notes": {}}) == {"names", "sex"}
    assert await shown({"cards": {}, "notes": others}) == {"names", "phone"}
    assert await shown({"cards": some, "notes": others}) == {"names"}


async def test_a_resource_that_is_not_agreed_is_closed(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/cards/1", headers=bearer("cards:read", service="notes", agreed={"notes": {}}))
    assert (answer.status_code, answer.json()["code"]) == (403, "resource-not-agreed")
