"""Calls that one service answers: gates, headers, bytes."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from services.gateway import spokesman
from services.gateway.access.store.tables import clients as tables
from services.gateway.forwarding.api import passports
from services.kit import clock
from tests.gateway.conftest import House
from tests.gateway.peer import Asked, answer
from tests.gateway.tokens import claims_of


def inner(asked: Asked) -> dict[str, Any]:
    """Return the claims of the token that a service was handed."""
    return claims_of(asked.headers[b"authorization"].decode().removeprefix("Bearer "))


async def test_an_answer_comes_through_byte_for_byte(house: House) -> None:
    house.registry.default = answer(
        200, b'{ "a":1 }', ("ETag", '"v3"'), ("Set-Cookie", "x=y"), ("Server", "secret"), ("X-Powered-By", "x")
    )
    response = await house.client.get("/v1/persons/abc?as_of=2026-01-01", headers=await house.headers())
    assert response.status_code == 200
    assert response.content == b'{ "a":1 }'
    assert response.headers["etag"] == '"v3"'
    ours = {"x-request-id", "x-content-type-options", "ratelimit", "ratelimit-policy"}
    assert set(response.headers) == {"content-length", "content-type", "etag"} | ours
    (asked,) = house.registry.asked
    assert asked.target == b"/v1/persons/abc?as_of=2026-01-01"
    assert asked.headers[b"x-request-id"].decode() == response.headers["x-request-id"]


async def test_the_service_is_told_who_calls_and_why_by_the_gateway_alone(house: House) -> None:
    sent = await house.headers("mdm", purpose="HEALTH_COVERAGE")
    extra = {"x-user": "admin", "cookie": "a=b", "x-forwarded-for": "1.2.3.4", "forwarded": "for=x", "te": "trailers"}
    await house.client.get(
        "/v1/persons/abc", headers=sent | extra | {"x-request-id": "0199a0c1-0000-4000-8000-0000000000aa"}
    )
    (asked,) = house.registry.asked
    claims = inner(asked)
    assert asked.headers[b"authorization"].decode() != sent["authorization"]
    assert (claims["iss"], claims["aud"]) == ("indimaj-gateway", "svc:registry")
    assert (claims["client_id"], claims["org"], claims["purpose"]) == ("mdm", "mdm", "HEALTH_COVERAGE")
    assert claims["act"] == {"sub": "indimaj-gateway"}
    assert claims["exp"] - claims["iat"] == 60
    assert asked.headers.keys().isdisjoint({name.encode() for name in extra} | {b"purpose"})
    assert asked.headers[b"x-request-id"] == b"0199a0c1-0000-4000-8000-0000000000aa"


async def test_a_body_goes_up_whole_or_streamed(house: House) -> None:
    headers = await house.headers() | {"content-type": "application/json", "idempotency-key": "k1", "prefer": "x"}
    house.registry.default = answer(201, b"{}", ("location", house.registry.url + "/v1/persons/7"))
    response = await house.client.post("/v1/persons", content=b'{"a": 1}', headers=headers)
    assert (response.status_code, response.headers["location"]) == (201, "/v1/persons/7")
    asked = house.registry.asked[-1]
    assert (asked.method, asked.body, asked.headers[b"idempotency-key"]) == (b"POST", b'{"a": 1}', b"k1")

    async def lines() -> AsyncIterator[bytes]:
        for number in range(100):
            yield b"row %d\n" % number * 300

    csv = await house.headers() | {"content-type": "text/csv"}
    assert (await house.client.post("/v1/imports?mode=commit", content=lines(), headers=csv)).status_code == 201
    assert house.registry.asked[-1].body == b"".join([b"row %d\n" % number * 300 for number in range(100)])


async def test_a_large_answer_is_streamed(house: House) -> None:
    body = b"0123456789" * 300_000
    house.registry.default = answer(200, body)
    response = await house.client.get("/v1/persons/abc", headers=await house.headers())
    assert response.content == body


@pytest.mark.parametrize(("status", "head"), [(204, b""), (304, b'etag: "v1"\r\n')])
async def test_answers_without_a_body_pass(house: House, status: int, head: bytes) -> None:
    house.registry.default = b"HTTP/1.1 %d X\r\n%b\r\n" % (status, head)
    response = await house.client.get("/v1/persons/abc", headers=await house.headers() | {"if-none-match": '"v1"'})
    assert (response.status_code, response.content) == (status, b"")
    assert house.registry.asked[0].headers[b"if-none-match"] == b'"v1"'


async def test_head_is_a_get_whose_body_is_kept_back(house: House) -> None:
    for size in (5, 500_000):
        house.registry.default = answer(200, b"x" * size, ("etag", '"v1"'))
        response = await house.client.head("/v1/persons/abc", headers=await house.headers())
        assert (response.status_code, response.content) == (200, b"")
        assert response.headers["content-length"] == str(size)
    assert {asked.method for asked in house.registry.asked} == {b"GET"}


async def test_a_services_own_refusal_passes_untouched(house: House) -> None:
    headers = await house.headers()
    for status in (308, 400, 404, 409, 412, 422, 429, 500, 503):
        house.registry.default = answer(status, b'{"code":"its-own"}', ("content-language", "ar"), ("retry-after", "7"))
        response = await house.client.get("/v1/persons/abc", headers=headers)
        assert (response.status_code, response.content) == (status, b'{"code":"its-own"}')
        assert response.headers["retry-after"] == "7"


async def test_what_needs_no_token_passes_without_one(house: House) -> None:
    response = await house.client.get("/v1/open")
    assert response.status_code == 200
    assert b"authorization" not in house.registry.asked[0].headers


async def test_what_needs_any_token_takes_any(house: House) -> None:
    assert (await house.client.get("/v1/reference/regions")).status_code == 401
    headers = await house.headers("health-worker", purpose=None)
    assert (await house.client.get("/v1/reference/regions", headers=headers)).status_code == 200


async def test_no_token_no_answer(house: House) -> None:
    for headers in ({}, {"authorization": "Basic eDp5"}, {"authorization": "Bearer"}):
        response = await house.client.get("/v1/persons/abc", headers={**headers, "purpose": "REGISTRATION"})
        assert response.status_code == 401
        assert response.headers["www-authenticate"] == 'Bearer realm="indimaj"'
    assert house.registry.asked == []


async def test_a_scope_that_the_token_lacks_is_named(house: House) -> None:
    headers = await house.headers(scope="persons:read")
    response = await house.client.post("/v1/persons", content=b"{}", headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "insufficient-scope")
    assert 'scope="persons:write"' in response.headers["www-authenticate"]
    assert house.registry.asked == []


async def test_personal_data_need_an_agreed_purpose(house: House) -> None:
    plain = await house.headers("hospital", purpose=None)
    for purpose, status, code in (
        (None, 400, "purpose-required"),
        ("", 400, "purpose-required"),
        ("CURIOSITY", 400, "purpose-unknown"),
        ("health_coverage", 400, "purpose-unknown"),
        ("TRAINING", 403, "purpose-not-agreed"),
        ("HEALTH_COVERAGE", 200, None),
    ):
        headers = plain | ({} if purpose is None else {"purpose": purpose})
        response = await house.client.get("/v1/persons/abc", headers=headers)
        assert (response.status_code, response.json().get("code")) == (status, code)
    assert len(house.registry.asked) == 1


async def test_a_token_verified_once_is_remembered_and_forgotten_when_the_client_is_stopped(house: House) -> None:
    headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == 200
    first = inner(house.registry.asked[-1])["jti"]
    assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == 200
    assert inner(house.registry.asked[-1])["jti"] == first
    async with house.gateway.state.database.sessions.begin() as session:
        await session.execute(tables.client.update().where(tables.client.c.id == "hospital").values(active=False))
    house.gateway.state.passports.forget()
    assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == 401


async def test_nothing_is_remembered_for_more_than_a_minute_nor_past_the_tokens_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    asked = []
    started, real = clock.now(), house.gateway.state.passports._admit

    async def counted(token: str, at: Any) -> Any:
        asked.append(at)
        return await real(token, at)

    monkeypatch.setattr(house.gateway.state.passports, "_admit", counted)
    for seconds, expected in ((0, 200), (59, 200), (61, 200), (290, 200), (310, 401)):
        monkeypatch.setattr(house.gateway.plane, "_now", lambda seconds=seconds: started + timedelta(seconds=seconds))
        response = await house.client.get("/v1/persons/abc", headers=headers)
        assert response.status_code == expected
    assert len(asked) == 4


async def test_only_so_many_tokens_are_remembered(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passports, "ENTRIES", 2)
    monkeypatch.setattr(spokesman, "ENTRIES", 2)
    person = "0198c0de-0000-7000-8000-000000000001"
    for client_id in ("integrator", "ministry", "mdm", "integrator"):
        headers = await house.headers(client_id)
        for path in ("abc", f"{person}/overview", f"{person}/overview"):
            assert (await house.client.get(f"/v1/persons/{path}", headers=headers)).status_code == 200
    assert len(house.gateway.state.passports._held) == 2
    assert len(house.gateway.state.services._tokens) == 2


async def test_rights_that_a_client_loses_are_lost_to_its_tokens(house: House) -> None:
    headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    async with house.gateway.state.database.sessions.begin() as session:
        await session.execute(
            tables.client.update().where(tables.client.c.id == "hospital").values(scopes=["coverage:read"])
        )
    response = await house.client.get("/v1/persons/abc", headers=headers)
    assert response.json()["code"] == "insufficient-scope"


async def test_a_known_path_says_which_methods_it_has(house: House) -> None:
    response = await house.client.delete("/v1/persons/abc", headers=await house.headers())
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, PATCH")
    response = await house.client.put("/v1/sessions/7/applications")
    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")
    assert response.headers["content-type"] == "application/problem+json"


async def test_an_unknown_path_is_not_found(house: House) -> None:
    headers = await house.headers()
    for path in ("/v1/nothing", "/v1/persons/", "/v1/persons/a/b/c", "/v1/persons/a/facts", "/"):
        response = await house.client.get(path, headers=headers)
        assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert house.registry.asked == []


async def test_many_at_once_get_their_own_answers(house: House) -> None:
    async def script(asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.001)
        writer.write(answer(200, asked.target + b" " + inner(asked)["client_id"].encode()))

    house.registry.script = script
    headers = {one: await house.headers(one) for one in ("integrator", "ministry")}
    calls = [("integrator" if number % 3 else "ministry", number) for number in range(200)]
    found = await asyncio.gather(
        *[house.client.get(f"/v1/persons/{number}", headers=headers[one]) for one, number in calls]
    )
    assert [response.text for response in found] == [f"/v1/persons/{number} {one}" for one, number in calls]
