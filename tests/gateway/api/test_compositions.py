"""Answers that need several services: whole, with honest gaps, and questions that go on with facts."""

import asyncio
import json
from typing import Any

import pytest

from services.gateway.persons.operations import read_overview as overview_operation
from tests.gateway.conftest import House
from tests.gateway.peer import Asked, answer, json_answer
from tests.gateway.tokens import claims_of

PERSON = "0198c0de-0000-7000-8000-000000000001"
OVERVIEW = f"/v1/persons/{PERSON}/overview"
FACTS = b'{"person_id":"' + PERSON.encode() + b'", "version" : 3}'
QUESTION = b'{ "person_id": "' + PERSON.encode() + b'", "scheme": null, "declared": {"rsu_score": 9.50} }'
SESSION = "0198c0de-0000-7000-8000-0000000000aa"


def inner(asked: Asked) -> dict[str, Any]:
    return claims_of(asked.headers[b"authorization"].decode().removeprefix("Bearer "))


@pytest.fixture
def answering(house: House) -> House:
    """Peers that know the person."""
    house.registry.answers = {
        f"/v1/persons/{PERSON}".encode(): json_answer({"id": PERSON, "version": 3}),
        f"/v1/persons/{PERSON}/facts".encode(): answer(200, FACTS),
    }
    house.health.answers = {
        b"/v1/coverage/summary": json_answer({"entitlements": []}),
        b"/v1/coverage/determinations": json_answer(
            {"id": "d1"}, 201, ("location", "/v1/coverage/determinations/d1"), ("etag", '"v1"'), ("server", "x")
        ),
    }
    house.training.answers = {
        b"/v1/training/summary": json_answer({"enrolments": [], "stale": True, "age_s": 120}),
        f"/v1/sessions/{SESSION}/applications".encode(): json_answer({"id": "a1"}, 201),
    }
    return house


async def statuses(house: House, **options: Any) -> dict[str, str]:
    response = await house.client.get(OVERVIEW, headers=await house.headers(**options))
    assert response.status_code == 200, response.text
    return {name: part["status"] for name, part in response.json()["parts"].items()}


async def test_an_overview_joins_what_every_service_says(answering: House) -> None:
    response = await answering.client.get(OVERVIEW, headers=await answering.headers())
    assert response.status_code == 200
    assert response.headers["cache-control"] == "no-store"
    assert response.json() == {
        "person_id": PERSON,
        "parts": {
            "registry": {"status": "ok", "age_s": 0.0, "data": {"id": PERSON, "version": 3}},
            "coverage": {"status": "ok", "age_s": 0.0, "data": {"entitlements": []}},
            "training": {"status": "stale", "age_s": 120.0, "data": {"enrolments": [], "stale": True, "age_s": 120}},
        },
    }
    asked = answering.health.asked[0]
    assert asked.target == f"/v1/coverage/summary?person_id={PERSON}".encode()
    assert inner(asked)["aud"] == "svc:health"
    assert inner(asked)["purpose"] == "REGISTRATION"
    assert asked.headers[b"x-request-id"].decode() == response.headers["x-request-id"]


async def test_a_part_whose_scope_is_lacking_is_denied_and_not_asked_for(answering: House) -> None:
    assert await statuses(answering, client_id="ofppt", purpose="TRAINING") == {
        "registry": "ok",
        "coverage": "denied",
        "training": "stale",
    }
    assert answering.health.asked == []
    assert await statuses(answering, scope="coverage:read") == {
        "registry": "denied",
        "coverage": "ok",
        "training": "denied",
    }


async def test_a_part_that_the_service_denies_is_denied(answering: House) -> None:
    answering.health.answers[b"/v1/coverage/summary"] = json_answer({"code": "no"}, 403)
    assert (await statuses(answering))["coverage"] == "denied"


async def test_no_dead_slow_or_babbling_service_blanks_the_answer(
    answering: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview_operation.read_overview, "__kwdefaults__", {"deadline_s": 0.2})

    async def dead(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def slow(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(5)

    async def babble(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(200, b"not json"))

    async def error(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(json_answer({"code": "unexpected-error"}, 500))

    async def endless(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n")
        for _ in range(200):
            writer.write(b"10000\r\n" + b" " * 65_536 + b"\r\n")
            await writer.drain()

    for script in (dead, slow, babble, error, endless):
        for peer, part in ((answering.registry, "registry"), (answering.health, "coverage")):
            peer.script = script
            found = await statuses(answering)
            peer.script = None
            assert found.pop(part) == "unavailable"
            assert "unavailable" not in found.values()


async def test_a_person_whom_the_registry_does_not_know_is_not_found(answering: House) -> None:
    answering.registry.answers[f"/v1/persons/{PERSON}".encode()] = json_answer({"code": "not-found"}, 404)
    response = await answering.client.get(OVERVIEW, headers=await answering.headers())
    assert (response.status_code, response.json()["code"]) == (404, "not-found")


async def test_a_service_that_knows_nothing_of_her_says_so(answering: House) -> None:
    answering.health.answers[b"/v1/coverage/summary"] = json_answer({"code": "not-found"}, 404)
    response = await answering.client.get(OVERVIEW, headers=await answering.headers())
    assert response.json()["parts"]["coverage"] == {"status": "ok", "age_s": 0.0, "data": None}


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_an_overview_passes_the_same_gates(answering: House) -> None:
    client = answering.client
    assert (await client.get(OVERVIEW)).status_code == 401
    no_purpose = await answering.headers(purpose=None)
    assert (await client.get(OVERVIEW, headers=no_purpose)).json()["code"] == "purpose-required"
    no_scope = await answering.headers(scope="steering:read")
    assert (await client.get(OVERVIEW, headers=no_scope)).json()["code"] == "insufficient-scope"
    not_agreed = await answering.headers("hospital", purpose="TRAINING")
    assert (await client.get(OVERVIEW, headers=not_agreed)).json()["code"] == "purpose-not-agreed"
    headers = await answering.headers()
    assert (await client.get("/v1/persons/canary/overview", headers=headers)).status_code == 422
    assert (await client.get(OVERVIEW + "?x=1", headers=headers)).json()["code"] == "unknown-parameter"
    assert answering.registry.asked == []


async def test_a_question_goes_on_with_the_facts_untouched(answering: House) -> None:
    headers = await answering.headers("cnss", purpose="HEALTH_COVERAGE") | {
        "content-type": "application/json",
        "idempotency-key": "key-1",
        "accept-language": "ar",
    }
    response = await answering.client.post("/v1/coverage/determinations", content=QUESTION, headers=headers)
    assert (response.status_code, response.json()) == (201, {"id": "d1"})
    assert response.headers["location"] == "/v1/coverage/determinations/d1"
    assert response.headers["etag"] == '"v1"'
    assert "server" not in response.headers
    (facts,), (asked,) = answering.registry.asked, answering.health.asked
    assert facts.target == f"/v1/persons/{PERSON}/facts".encode()
    assert inner(facts)["scope"] == "facts:read"
    assert (inner(facts)["client_id"], inner(facts)["purpose"]) == ("cnss", "HEALTH_COVERAGE")
    assert asked.body == b'{"facts":' + FACTS + b"," + QUESTION.strip()[1:]
    assert "facts:read" not in inner(asked)["scope"]
    assert asked.headers[b"idempotency-key"] == b"key-1"
    first = asked.headers[b"idempotency-fingerprint"]
    answering.registry.answers[f"/v1/persons/{PERSON}/facts".encode()] = answer(200, b"{}")
    await answering.client.post("/v1/coverage/determinations", content=QUESTION, headers=headers)
    assert answering.health.asked[-1].headers[b"idempotency-fingerprint"] == first


async def test_an_application_goes_on_with_the_facts(answering: House) -> None:
    headers = await answering.headers("ofppt", purpose="TRAINING") | {"content-type": "application/json"}
    path = f"/v1/sessions/{SESSION}/applications"
    response = await answering.client.post(path, content=QUESTION, headers=headers)
    assert (response.status_code, response.json()) == (201, {"id": "a1"})
    assert json.loads(answering.training.asked[0].body)["facts"] == json.loads(FACTS)


async def test_with_the_registry_down_the_question_still_goes_on(answering: House) -> None:
    async def dead(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    headers = await answering.headers("cnss", purpose="HEALTH_COVERAGE") | {"content-type": "application/json"}
    answering.registry.script = dead
    for _ in range(2):
        response = await answering.client.post("/v1/coverage/determinations", content=QUESTION, headers=headers)
        assert response.status_code == 201
        assert json.loads(answering.health.asked[-1].body)["facts"] is None
        answering.registry.script = None
        answering.registry.answers[f"/v1/persons/{PERSON}/facts".encode()] = json_answer({}, 500)


async def test_a_question_about_nobody_is_not_found_and_says_where(answering: House) -> None:
    answering.registry.answers[f"/v1/persons/{PERSON}/facts".encode()] = json_answer({}, 404)
    headers = await answering.headers("cnss", purpose="HEALTH_COVERAGE") | {"content-type": "application/json"}
    response = await answering.client.post("/v1/coverage/determinations", content=QUESTION, headers=headers)
    assert (response.status_code, response.json()["code"]) == (404, "not-found")
    assert response.json()["errors"][0]["pointer"] == "/person_id"
    assert answering.health.asked == []


async def test_a_service_that_is_down_or_slow_is_said_to_be(answering: House, monkeypatch: pytest.MonkeyPatch) -> None:
    async def dead(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def refuse(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(answer(401))

    async def babble(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        writer.write(b"not http\r\n\r\n")

    headers = await answering.headers("cnss", purpose="HEALTH_COVERAGE") | {"content-type": "application/json"}
    for script, status in ((dead, 503), (refuse, 503), (babble, 502)):
        answering.health.script = script
        response = await answering.client.post("/v1/coverage/determinations", content=QUESTION, headers=headers)
        assert response.status_code == status
        assert response.headers["content-type"] == "application/problem+json"


BAD_BODIES: list[tuple[bytes, str, int]] = [
    (b"", "application/json", 400),
    (b"{", "application/json", 400),
    (b'{"a": NaN}', "application/json", 400),
    (b'{"a": 1, "a": 2}', "application/json", 400),
    (b'{"a": "\\ud800"}', "application/json", 400),
    (b'{"a": "canary\\u0000"}', "application/json", 400),
    (b"\xff", "application/json", 400),
    (b"[]", "application/json", 422),
    (b'"canary"', "application/json", 422),
    (b'{"facts": {"canary": 1}}', "application/json", 422),
    (QUESTION, "text/plain", 415),
    (QUESTION, "", 415),
    (b'{"a": "' + b"x" * 1024 * 1024 + b'"}', "application/json", 413),
]


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_a_question_that_cannot_be_read_goes_nowhere(answering: House) -> None:
    plain = await answering.headers("cnss", purpose="HEALTH_COVERAGE")
    for body, media_type, status in BAD_BODIES:
        headers = plain | {"content-type": media_type}
        response = await answering.client.post("/v1/coverage/determinations", content=body, headers=headers)
        assert response.status_code == status, body[:40]
        assert "canary" not in response.text
    assert answering.registry.asked == answering.health.asked == []


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_a_question_without_a_person_is_the_services_to_refuse(answering: House) -> None:
    headers = await answering.headers("cnss", purpose="HEALTH_COVERAGE") | {"content-type": "application/json"}
    answering.health.answers[b"/v1/coverage/determinations"] = json_answer({"code": "invalid-input"}, 422)
    for body in (b"{}", b'{"person_id": 7}', b'{"person_id": "canary"}'):
        response = await answering.client.post("/v1/coverage/determinations", content=body, headers=headers)
        assert (response.status_code, response.json()) == (422, {"code": "invalid-input"})
    assert answering.registry.asked == []
    assert answering.health.asked[0].body == b'{"facts":null}'


@pytest.mark.parametrize("upstream", ["pool"], indirect=True)
async def test_a_job_is_answered_by_the_service_that_its_id_names(house: House) -> None:
    number = "0198c0de-0000-4000-8000-000000000001"
    headers = await house.headers(purpose=None)
    peers = {"registry": house.registry, "coverage": house.health, "training": house.training}
    for store, peer in peers.items():
        peer.default = json_answer({"id": store}, 200, ("etag", '"v1"'))
        for method in ("GET", "DELETE"):
            response = await house.client.request(method, f"/v1/jobs/{store}-{number}", headers=headers)
            assert (response.status_code, response.json()) == (200, {"id": store})
        assert [asked.method for asked in peer.asked] == [b"GET", b"DELETE"]
        assert peer.asked[0].target == f"/v1/jobs/{store}-{number}".encode()
    assert (await house.client.get(f"/v1/jobs/care-{number}", headers=headers)).status_code == 404
    assert (await house.client.get("/v1/jobs/canary", headers=headers)).status_code == 422
    assert (await house.client.get(f"/v1/jobs/registry-{number}")).status_code == 401
