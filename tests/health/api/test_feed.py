"""The feed of changes of coverage: references, in the transaction of what they tell of, for the gateway."""

from typing import Any

import httpx
from fastapi import FastAPI

from services.gateway.events.contract.feeds import change_of
from services.gateway.events.reference.settings import catalogue
from tests.health.builders import AWA
from tests.health.wire import question, wire_facts
from tests.support.callers import bearer

PATH = "/v1/coverage/determinations"
GATEWAY = bearer("changes:read", service="health", purpose="HEALTH_COVERAGE")


async def feed(client: httpx.AsyncClient, **asked: Any) -> dict[str, Any]:
    answer = await client.get("/v1/changes", params=asked, headers=GATEWAY)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


async def test_a_determination_its_confirmation_and_the_right_it_opens_are_told(client: httpx.AsyncClient) -> None:
    made = (await client.post(PATH, json=question())).json()
    assert (await client.post(f"{PATH}/{made['id']}/confirm", json={})).status_code == 200
    page = await feed(client)
    assert [(item["kind"], item["version"]) for item in page["items"]] == [
        ("coverage.determination_made", 1),
        ("coverage.determination_confirmed", 2),
        ("coverage.entitlement_opened", 1),
    ]
    assert {item["subject"] for item in page["items"]} == {str(AWA)}
    references = {"person_id": str(AWA), "determination_id": made["id"], "organisation": "prefecture-rabat"}
    first, _, opened = (item["payload"] for item in page["items"])
    assert first == references
    assert opened.keys() - references.keys() == {"entitlement_id"}
    assert page["caught_up"]


async def test_a_refusal_opens_nothing_and_what_is_refused_tells_nothing(client: httpx.AsyncClient) -> None:
    declared = {"rsu_score": "5", "other_amo": True}
    made = (await client.post(PATH, json=question(scheme="AMO_TADAMON", declared=declared))).json()
    assert made["status"] == "NOT_ELIGIBLE"
    assert (await client.post(f"{PATH}/{made['id']}/confirm", json={})).status_code == 200
    assert (await client.post(f"{PATH}/{made['id']}/confirm", json={})).status_code == 409
    kinds = [item["kind"] for item in (await feed(client))["items"]]
    assert kinds == ["coverage.determination_made", "coverage.determination_confirmed"]


async def test_a_page_goes_on_where_the_last_ended(client: httpx.AsyncClient) -> None:
    for _ in range(3):
        await client.post(PATH, json=question())
    first = await feed(client, limit=2)
    second = await feed(client, limit=2, after=first["next"])
    assert (len(first["items"]), first["caught_up"], len(second["items"]), second["caught_up"]) == (2, False, 1, True)
    assert (await feed(client, after=second["next"])) == {"items": [], "next": second["next"], "caught_up": True}


async def test_the_feed_is_the_gateways_alone(app: FastAPI, client: httpx.AsyncClient) -> None:
    assert (await client.get("/v1/changes")).status_code == 403
    assert (await client.get("/v1/changes", params={"after": "x"}, headers=GATEWAY)).status_code == 422
    assert app.openapi()["paths"]["/v1/changes"]["get"]["x-internal"] is True


async def test_the_gateway_understands_what_is_told(client: httpx.AsyncClient) -> None:
    made = (await client.post(PATH, json=question())).json()
    await client.post(f"{PATH}/{made['id']}/confirm", json={})
    for item in (await feed(client))["items"]:
        change = change_of("coverage", item)
        kind = catalogue().of(change)
        assert kind is not None
        assert change.organisation == "prefecture-rabat"
        assert set(kind.members) <= set(change.references)


async def test_the_gateway_learns_from_whom_she_is_kept(client: httpx.AsyncClient) -> None:
    withheld = {"persons": [], "callers": [{"organisation": "his-lawyers"}], "sees": []}
    await client.post(PATH, json=question(facts=wire_facts(withheld=withheld)))
    acting = {"sub": "gateway", "client_id": "gateway", "act": {"sub": "gateway"}}
    gateway = bearer("changes:read", service="health", purpose="HEALTH_COVERAGE", **acting)
    (item,) = (await client.get("/v1/changes", headers=gateway)).json()["items"]
    change = change_of("coverage", item)
    assert (change.withheld_at, change.withheld and change.withheld.callers[0].organisation) == (3, "his-lawyers")
    (of_others,) = (await feed(client))["items"]
    assert (of_others["withheld"], of_others["withheld_at"]) == (None, None)
