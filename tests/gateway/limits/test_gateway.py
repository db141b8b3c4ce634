"""Limits as a partner meets them at the gateway."""

import asyncio

import httpx
import psycopg

from services.gateway.forwarding.reference.limits import class_named
from services.kit.etags import etag
from services.stack.stores import Store
from tests.gateway.conftest import House
from tests.gateway.limits.conftest import Clock, code, set_numbers, told
from tests.gateway.peer import answer


async def test_every_answer_tells_where_the_limit_stands(house: House, stopped: Clock) -> None:
    headers = await house.headers()
    read, write = class_named("read").policies[0], class_named("write").policies[0]
    response = await house.client.get("/v1/persons/abc", headers=headers)
    assert told(response, "ratelimit-policy") == {"read": {"q": read.units, "w": read.window_s}}
    assert told(response) == {"read": {"r": read.burst - 1, "t": 1}}
    for _ in range(9):
        response = await house.client.get("/v1/persons/abc", headers=headers)
    assert told(response)["read"]["r"] == read.burst - 10
    changed = await house.client.post("/v1/persons", json={}, headers=headers)
    assert told(changed) == {"write": {"r": write.burst - 1, "t": 1}}
    stopped.pass_by(60)
    assert told(await house.client.get("/v1/persons/abc", headers=headers))["read"]["r"] >= read.burst - 1
    assert "retry-after" not in response.headers


async def test_answers_of_the_gateway_itself_and_refusals_tell_it_too(house: House, stopped: Clock) -> None:
    headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    del stopped
    own = await house.client.get("/v1/limits", headers=headers)
    assert told(own)["read"]["r"] == class_named("read").policies[0].burst - 1
    house.registry.default = answer(404, b"{}")
    for method, path in (("GET", "/v1/persons/abc"), ("POST", "/v1/persons"), ("GET", "/v1/open")):
        response = await house.client.request(method, path, headers=headers, json={} if method == "POST" else None)
        assert response.status_code in {403, 404}
        assert set(told(response)) <= {"read", "write", "open"}
        assert "ratelimit-policy" in response.headers


async def test_a_used_up_limit_is_a_429_that_says_truly_when_to_come_back(house: House, stopped: Clock) -> None:
    await set_numbers(house, "integrator", "read", (6, 60, 4))
    headers = await house.headers()
    for left in (3, 2, 1, 0):
        response = await house.client.get("/v1/persons/abc", headers=headers)
        assert (response.status_code, told(response)["read"]["r"]) == (200, left)
    asked = len(house.registry.asked)
    response = await house.client.get("/v1/persons/abc", headers=headers | {"accept-language": "en"})
    assert code(response) == (429, "too-many-requests")
    assert response.headers["content-type"] == "application/problem+json"
    assert (response.headers["retry-after"], response.json()["title"]) == ("10", "Too many requests")
    assert told(response) == {"read": {"r": 0, "t": 40}}
    assert told(response, "ratelimit-policy") == {"read": {"q": 6, "w": 60}}
    assert len(house.registry.asked) == asked
    stopped.pass_by(9)
    assert code(await house.client.get("/v1/persons/abc", headers=headers))[0] == 429
    stopped.pass_by(1)
    assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == 200
    assert code(await house.client.get("/v1/persons/abc", headers=headers))[0] == 429
    stopped.pass_by(3600)
    headers = await house.headers()
    for _ in range(4):
        assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == 200


async def test_one_clients_calls_use_up_no_other_ones_limit_and_no_other_class(house: House, stopped: Clock) -> None:
    del stopped
    await set_numbers(house, "integrator", "read", (1, 60, 1))
    headers = await house.headers()
    answers = [await house.client.get("/v1/persons/abc", headers=headers) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 429, 429]
    assert (await house.client.post("/v1/persons", json={}, headers=headers)).status_code == 200
    other = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    assert (await house.client.get("/v1/persons/abc", headers=other)).status_code == 200


async def test_a_search_costs_more_and_counts_against_its_day(house: House, stopped: Clock) -> None:
    await set_numbers(house, "integrator", "search", (600, 60, 20))
    await set_numbers(house, "integrator", "search-day", (864, 86_400, 35))
    headers = await house.headers()

    async def search() -> httpx.Response:
        return await house.client.post("/v1/persons/search", json={}, headers=headers)

    first = await search()
    assert told(first) == {"search": {"r": 15, "t": 1}, "search-day": {"r": 30, "t": 500}}
    for _ in range(3):
        assert (await search()).status_code == 200
    refused = await search()
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "1")
    assert told(refused)["search-day"]["r"] == 15  # what one limit refuses uses up no other
    for _ in range(3):
        stopped.pass_by(1)
        assert (await search()).status_code == 200
    stopped.pass_by(1)
    refused = await search()
    assert refused.status_code == 429
    assert told(refused)["search"]["r"] >= 5
    assert int(refused.headers["retry-after"]) == 496  # five units of a day's budget, less the four seconds since
    stopped.pass_by(496)
    headers = await house.headers()  # the other token's time is over
    assert (await search()).status_code == 200


async def test_an_administrator_sees_and_changes_limits_and_leaves_a_trail(
    house: House, gateway_database: Store
) -> None:
    database = house.gateway.state.database
    pool = await database.pool()
    partner = await pool.fetchval("SELECT id FROM organisation WHERE code = 'hospital'")
    path = f"/v1/partners/{partner}/limits"
    admin = await house.headers(purpose=None)
    listed = (await house.client.get(path, headers=admin)).json()["items"]
    assert {item["policy"] for item in listed} >= {"read", "write", "search", "search-day", "verify", "bulk", "admin"}
    assert {(item["source"], item["version"]) for item in listed} == {("default", 0)}
    assert not {"token", "token-address", "open"} & {item["policy"] for item in listed}

    hospital = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    assert told(await house.client.get("/v1/persons/a", headers=hospital))["read"]["r"] > 100
    change = {"units": 60, "window_s": 60, "burst": 3}
    assert code(await house.client.put(f"{path}/read", json=change, headers=admin))[0] == 428
    named = admin | {"if-match": etag(0)}
    put = await house.client.put(f"{path}/read", json=change, headers=named)
    assert (put.status_code, put.headers["etag"], put.json()["source"]) == (200, etag(1), "organisation")
    assert code(await house.client.put(f"{path}/read", json=change, headers=named))[0] == 412
    assert told(await house.client.get("/v1/persons/a", headers=hospital), "ratelimit-policy") == {
        "read": {"q": 60, "w": 60}
    }
    mine = (await house.client.get("/v1/limits", headers=hospital)).json()["items"]
    assert next(item for item in mine if item["policy"] == "read") == put.json() | {"version": 0}

    own = await house.client.put(f"{path}/read?client_id=hospital", json=change | {"burst": 9}, headers=named)
    assert (own.status_code, own.json()["source"], own.json()["burst"]) == (200, "client", 9)
    read = await house.client.get(f"{path}/read", headers=admin)
    assert (read.json()["burst"], read.headers["etag"]) == (3, etag(1))
    gone = await house.client.delete(f"{path}/read?client_id=hospital", headers=admin | {"if-match": etag(1)})
    assert (gone.status_code, gone.content) == (204, b"")
    after = (await house.client.get(f"{path}/read?client_id=hospital", headers=admin)).json()
    assert (after["source"], after["burst"], after["version"]) == ("organisation", 3, 2)
    with psycopg.connect(gateway_database.admin_url) as connection:
        rows = connection.execute("SELECT action, client_id FROM audit_record ORDER BY id").fetchall()
    assert [row for row in rows if "limit" in row[0]] == [("set_limit", "integrator")] * 2 + [
        ("clear_limit", "integrator")
    ]


async def test_limits_that_cannot_be_set_are_refused(house: House) -> None:
    pool = await house.gateway.state.database.pool()
    partner = await pool.fetchval("SELECT id FROM organisation WHERE code = 'hospital'")
    path = f"/v1/partners/{partner}/limits"
    admin = await house.headers(purpose=None) | {"if-match": etag(0)}
    change = {"units": 60, "window_s": 60, "burst": 9}
    unknown = "00000000-0000-4000-8000-000000000000"
    for target, body, expected in (
        (f"{path}/search", change, (422, "limit-too-small")),
        (f"{path}/token", change, (404, "not-found")),
        (f"{path}/nothing", change, (404, "not-found")),
        (f"{path}/read?client_id=ofppt", change, (404, "not-found")),
        (f"{path}/read?client_id=nobody", change, (404, "not-found")),
        (f"/v1/partners/{unknown}/limits/read", change, (404, "not-found")),
        (f"{path}/read", change | {"units": 0}, (422, "invalid-input")),
        (f"{path}/read", change | {"burst": 10**10}, (422, "invalid-input")),
    ):
        assert code(await house.client.put(target, json=body, headers=admin)) == expected, target
    hospital = await house.headers("hospital", purpose=None)
    assert code(await house.client.get(path, headers=hospital)) == (403, "insufficient-scope")
    assert await pool.fetchval("SELECT count(*) FROM limit_override") == 0


async def test_every_operation_of_the_document_says_that_it_may_refuse(house: House) -> None:
    document = (await house.client.get("/openapi.json")).json()
    for item in document["paths"].values():
        for entry in item.values():
            assert set(entry["responses"]["429"]["headers"]) == {"RateLimit", "RateLimit-Policy", "Retry-After"}
    assert set(document["components"]["headers"]) == {"RateLimit", "RateLimit-Policy", "Retry-After"}
    assert "too-many-requests" in {kind["slug"] for kind in document["x-problems"]}


async def test_of_two_administrators_at_once_one_is_told_to_read_again(house: House) -> None:
    pool = await house.gateway.state.database.pool()
    partner = await pool.fetchval("SELECT id FROM organisation WHERE code = 'hospital'")
    named = await house.headers(purpose=None) | {"if-match": etag(0)}
    change = {"units": 60, "window_s": 60, "burst": 9}
    puts = [house.client.put(f"/v1/partners/{partner}/limits/read", json=change, headers=named) for _ in range(6)]
    assert sorted(one.status_code for one in await asyncio.gather(*puts)) == [200] + [412] * 5
