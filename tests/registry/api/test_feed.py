"""Facts and the change feed over HTTP; reference lists."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.registry.contract.facts import ChangePage, Facts
from services.registry.contract.lists import ReferenceList
from tests.registry.people import AWA, MONONYM, path_of, register
from tests.support.callers import bearer


def reader(purpose: str, *scopes: str) -> dict[str, str]:
    return bearer(*(scopes or ("changes:read", "facts:read")), service="registry", purpose=purpose)


async def page(client: httpx.AsyncClient, headers: dict[str, str] | None = None, **question: Any) -> dict[str, Any]:
    answer = await client.get("/v1/changes", params=question, headers=headers or {})
    assert answer.status_code == 200, answer.text
    ChangePage.model_validate(answer.json())
    body: dict[str, Any] = answer.json()
    return body


@pytest.mark.parametrize(
    ("purpose", "systems", "level"),
    [("HEALTH_COVERAGE", {"PASSPORT", "PERMIT", "PROGRAMME"}, None), ("TRAINING", set(), "COLLEGE_3")],
)
async def test_facts_are_cut_to_the_purpose_of_the_token(
    client: httpx.AsyncClient, purpose: str, systems: set[str], level: str | None
) -> None:
    path = await path_of(client)
    answer = await client.get(f"{path}/facts", headers=reader(purpose))
    facts = Facts.model_validate(answer.json())
    assert {one.system for one in facts.identifiers} == systems
    assert facts.school_level == level
    assert facts.birth.earliest == facts.birth.latest
    (change,) = (await page(client, reader(purpose)))["items"]
    assert Facts.model_validate(change["facts"]) == facts


async def test_facts_need_their_scope_and_a_person(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    assert (await client.get(f"{path}/facts", headers=reader("TRAINING", "persons:read"))).status_code == 403
    nobody = "/v1/persons/01900000-0000-7000-8000-0000000000ff/facts"
    assert (await client.get(nobody)).status_code == 404


async def test_every_write_leaves_one_change_in_order(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    await client.patch(path, json={"sex": "X"}, headers={"if-match": '"v1"'})
    await client.post(f"{path}/identifiers", json={"system": "IDCS", "value": "0123456789"})
    await client.post(f"{path}/identifiers", json={"system": "IDCS", "value": "0123456789"})
    body = await page(client)
    assert [(item["kind"], item["version"]) for item in body["items"]] == [
        ("person.registered", 1),
        ("person.updated", 2),
        ("person.updated", 3),
    ]
    assert {item["person_id"] for item in body["items"]} == {path.rpartition("/")[2]}
    assert body["caught_up"] is True


async def test_without_the_scope_the_feed_holds_references_alone(client: httpx.AsyncClient) -> None:
    await register(client)
    (item,) = (await page(client, reader("STATISTICS", "changes:read")))["items"]
    assert "facts" not in item


async def test_a_cursor_goes_on_where_the_page_ended(client: httpx.AsyncClient) -> None:
    for _ in range(5):
        await register(client, MONONYM)
    seen: list[str] = []
    cursor = None
    while True:
        body = await page(client, limit=2, **({"after": cursor} if cursor else {}))
        seen += [item["person_id"] for item in body["items"]]
        cursor = body["next"]
        if body["caught_up"]:
            break
    assert len(seen) == len(set(seen)) == 5
    assert (await page(client, after=cursor)) == {"items": [], "next": cursor, "caught_up": True}


async def test_a_waiting_reader_is_told_as_soon_as_something_happens(client: httpx.AsyncClient) -> None:
    waiting = asyncio.create_task(page(client, wait=30))
    await asyncio.sleep(0.3)
    await register(client, MONONYM)
    async with asyncio.timeout(25):
        assert len((await waiting)["items"]) == 1


async def test_a_reader_who_waits_in_vain_is_let_go(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert (await page(client, wait=1))["items"] == []
    app.state.draining = True
    async with asyncio.timeout(25):
        assert (await page(client, wait=30))["items"] == []


@pytest.mark.parametrize(
    ("question", "pointer"),
    [
        ({"after": "yesterday"}, "?after"),
        ({"after": "1.2.3"}, "?after"),
        ({"after": "9" * 61}, "?after"),
        ({"after": "99999999999999999999.1"}, "?after"),
        ({"after": "1.9999999999999999999"}, "?after"),
        ({"limit": 0}, "?limit"),
        ({"limit": 1001}, "?limit"),
        ({"wait": 31}, "?wait"),
    ],
)
async def test_a_question_that_cannot_be_is_refused(
    client: httpx.AsyncClient, question: dict[str, Any], pointer: str
) -> None:
    answer = await client.get("/v1/changes", params=question)
    assert answer.status_code == 422, answer.text
    assert answer.json().get("errors", [{"pointer": pointer}])[0]["pointer"] == pointer


@pytest.mark.parametrize(
    ("name", "count", "first"),
    [
        ("regions", 12, {"code": "01", "iso": "MA-01", "scheme": "MA-2015", "source": "S40"}),
        ("units", 75, {"code": "MA-HOC", "hcp": "01.051", "region": "01", "kind": "province"}),
        ("nationalities", 253, {"code": "ABW"}),
        ("permit-types", 9, {"code": "CI", "months_min": 12, "valid_from": "2003-11-11", "certainty": "verified"}),
        ("legal-statuses", 10, {"code": "ASYLUM_SEEKER_UNHCR"}),
        ("school-levels", 9, {"code": "AUCUN"}),
        ("languages", 29, {"code": "fr"}),
        ("identifier-systems", 7, {"code": "PASSPORT", "certainty": "design"}),
    ],
)
async def test_a_reference_list_says_where_each_row_comes_from(
    client: httpx.AsyncClient, name: str, count: int, first: dict[str, Any]
) -> None:
    answer = await client.get(f"/v1/reference/{name}", headers=bearer(service="registry", purpose=None))
    ReferenceList.model_validate(answer.json())
    items = answer.json()["items"]
    assert len(items) == count
    assert first.items() <= items[0].items()
    assert all(item["certainty"] in {"verified", "derived", "memory", "design"} and item["source"] for item in items)


async def test_there_is_no_other_list(client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/reference/passwords")).status_code == 422


async def test_what_the_lists_say_is_taken(client: httpx.AsyncClient) -> None:
    for item in (await client.get("/v1/reference/legal-statuses")).json()["items"]:
        await register(client, MONONYM, legal_status={"code": item["code"]})
    for item in (await client.get("/v1/reference/permit-types")).json()["items"]:
        await register(client, MONONYM, permits=[{"type": item["code"]}])
    assert AWA["nationalities"][0] in {
        item["code"] for item in (await client.get("/v1/reference/nationalities")).json()["items"]
    }
