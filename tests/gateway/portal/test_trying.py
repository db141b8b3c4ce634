"""Trying the API out: a real call in the visitor's name, through the same gates as any program's."""

import re
from typing import Any

import orjson
import pytest

from tests.gateway.accounts.visitor import Browser, Clock
from tests.gateway.conftest import House
from tests.gateway.peer import json_answer
from tests.gateway.portal.conftest import signed_in

PERSON = "0199a1b2-0000-7000-8000-000000000001"
TRY = "/portal/try"
FOUND = {
    "items": [{"id": PERSON, "names": [{"family": "Diallo"}], "score": 0.97, "deceased": False, "none": None}],
    "meta": {"redactions": [{"field": "contacts", "reason": "not_in_agreement"}]},
}


def at(place: str, **more: str) -> Any:
    """Return fields of a form whose names are no names of Python's."""
    return {f"{place}.{name.replace('_in_', '-')}": value for name, value in more.items()}


async def test_a_search_is_prefilled_sent_and_shown_with_what_was_held_back(browser: Browser, house: House) -> None:
    house.registry.default = json_answer(FOUND)
    page = await browser.get(TRY)
    assert "Mamadou Diallo" in page.text
    purposes = re.findall(r'<option value="([A-Z_]+)"', page.text)
    assert "REGISTRATION" in purposes
    page = await browser.send(TRY, purpose="REGISTRATION", body='{"name": "عائشة"}')
    assert page.status_code == 200
    assert "HTTP 200" in page.text
    assert '<span class="key">&#34;family&#34;</span>: <span class="text">&#34;Diallo&#34;</span>' in page.text
    assert page.text.count('class="line held"') >= 4
    assert "Fields held back" in page.text
    assert "<li>Contacts</li>" in page.text
    assert "ratelimit-policy" in page.text
    (asked,) = house.registry.asked
    assert orjson.loads(asked.body) == {"name": "عائشة"}
    assert asked.headers[b"accept-language"] == b"en"
    assert b"idempotency-key" not in asked.headers  # a search changes nothing


async def test_the_same_call_is_shown_in_three_languages_and_its_token_is_not(browser: Browser, house: House) -> None:
    await browser.get(TRY)
    page = await browser.send(TRY, purpose="REGISTRATION", body='{"name": "O\'Neil"}')
    shown = page.text
    token = house.registry.asked[0].headers[b"authorization"].decode().removeprefix("Bearer ")
    assert token not in shown
    assert "eyJ" not in shown
    assert "curl --request POST &#39;https://indimaj.test/v1/persons/search&#39;" in shown
    assert "Authorization: Bearer $TOKEN" in shown
    assert "httpx.request" in shown
    assert "await fetch" in shown


async def test_a_change_carries_one_key_however_often_it_is_sent(browser: Browser, house: House) -> None:
    page = await browser.get(TRY, params={"operation": "register_person"})
    assert "changes real data" in page.text
    address, hidden = browser.form(TRY)
    for _ in range(2):
        sent = {**hidden, "purpose": "REGISTRATION", "body": '{"names": [{"family": "X"}]}'}
        page = await browser.client.post(address, data=sent)
        assert page.status_code == 200
    assert {asked.headers[b"idempotency-key"] for asked in house.registry.asked} == {hidden["key"].encode()}


async def test_a_path_and_a_query_are_filled_in_and_escaped(browser: Browser, house: House) -> None:
    await browser.get(TRY, params={"operation": "read_person"})
    page = await browser.send(
        TRY, purpose="REGISTRATION", **at("path", person_id=PERSON), **at("query", as_of="2026-01-31", known_at="")
    )
    assert "HTTP 200" in page.text
    assert house.registry.asked[0].target == f"/v1/persons/{PERSON}?as_of=2026-01-31".encode()
    page = await browser.send(TRY, purpose="REGISTRATION", **at("path", person_id="../imports?x=1\r\nevil: y"))
    assert "HTTP 400" in page.text
    assert "malformed-path" in page.text
    page = await browser.send(TRY, purpose="REGISTRATION", **at("path", person_id=" "))
    assert page.status_code == 422
    assert "person_id" in page.text
    assert len(house.registry.asked) == 1


async def test_a_header_that_could_become_two_is_not_sent(browser: Browser, house: House) -> None:
    await browser.get(TRY, params={"operation": "amend_person"})
    page = await browser.send(
        TRY,
        purpose="REGISTRATION",
        body="{}",
        **at("path", person_id=PERSON),
        **at("header", if_in_match='"v1"\r\nauthorization: Bearer x'),
    )
    assert page.status_code == 200
    (asked,) = house.registry.asked
    assert b"if-match" not in asked.headers
    page = await browser.send(
        TRY, purpose="REGISTRATION", body="{}", **at("path", person_id=PERSON), **at("header", if_in_match='"v1"')
    )
    assert house.registry.asked[1].headers[b"if-match"] == b'"v1"'


@pytest.mark.parametrize("operation", ["list_partners", "import_persons", "read_facts", "nothing", ""])
async def test_what_she_may_not_call_is_not_offered(browser: Browser, operation: str) -> None:
    page = await browser.get(TRY, params={"operation": operation})
    assert page.status_code == 404
    assert operation not in (await browser.get(TRY)).text or not operation


async def test_an_operation_is_offered_only_where_an_agreement_gives_it_and_for_what(house: House, hour: Clock) -> None:
    desk = await signed_in(house, hour, "desk", organisation="hospital", scopes=["persons:search", "persons:write"])
    page = await desk.get(TRY)
    assert re.findall(r'<option value="([A-Z_]+)"', page.text) == ["HEALTH_COVERAGE"]
    assert "register_person" not in page.text  # the account may, the hospital's agreement does not
    await desk.client.aclose()


async def test_what_administers_asks_for_a_fresh_second_factor(house: House, hour: Clock) -> None:
    boss = await signed_in(house, hour, "boss", organisation="ministry", scopes=["partners:admin"])
    await boss.get(TRY, params={"operation": "add_partner"})
    hour.forward(minutes=11)
    answer = await boss.send(TRY, body='{"code": "new-one", "name": "New", "kind": "service"}')
    assert answer.headers["location"] == "/sign-in?next=%2Fportal%2Ftry%3Foperation%3Dadd_partner&again=1"
    hour.forward(minutes=-11)
    await boss.get(TRY, params={"operation": "add_partner"})
    page = await boss.send(TRY, body='{"code": "new-one", "name": "New", "kind": "service"}')
    assert "HTTP 201" in page.text
    await boss.client.aclose()


async def test_a_refusal_is_shown_like_any_answer_in_the_language_of_the_page(browser: Browser, house: House) -> None:
    await browser.get(TRY, params={"lang": "fr"})
    address, hidden = browser.form(TRY)
    page = await browser.client.post(f"{address.partition('#')[0]}&lang=fr", data={**hidden, "body": "{}"})
    assert "HTTP 400" in page.text
    assert "purpose-required" in page.text
    assert house.registry.asked == []


async def test_what_is_no_json_or_empty_or_a_service_that_is_away_are_shown_too(browser: Browser, house: House) -> None:
    await browser.get(TRY, params={"operation": "list_sessions"})
    house.training.default = b"HTTP/1.1 200 X\r\ncontent-length: 9\r\ncontent-type: text/html\r\n\r\n<b>hi</b>"
    page = await browser.send(TRY)
    assert "&lt;b&gt;hi&lt;/b&gt;" in page.text
    house.training.default = b"HTTP/1.1 204 X\r\n\r\n"
    assert "no body" in (await browser.send(TRY)).text
    house.training.script = hang_up
    assert "HTTP 503" in (await browser.send(TRY)).text


async def hang_up(_asked: object, writer: object) -> None:
    writer.close()  # type: ignore[attr-defined]  # a stream writer
