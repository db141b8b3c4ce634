"""Deadlines shrink with every hop, and only the gateway sets them."""

import asyncio

from services.kit.deadlines import HOP_SHARE
from tests.gateway.peer import Asked, answer, json_answer
from tests.gateway.resilience.conftest import COMPOSED_S, DEADLINE_S, LATE_S, Siege

PERSON = "0199a1b2-0000-7000-8000-000000000001"


def told(asked: Asked) -> float:
    """Return the seconds that a service was told."""
    return int(asked.headers[b"request-timeout-ms"]) / 1000


async def test_a_service_is_told_how_long_the_gateway_will_wait_whatever_the_caller_says(siege: Siege) -> None:
    client = siege.house.client
    for headers in ({}, {"request-timeout-ms": "999999"}, {"request-timeout-ms": "1"}):
        assert (await client.get("/v1/persons/abc", headers=siege.headers | headers)).status_code == 200
    assert len(siege.house.registry.asked) == 3
    for asked in siege.house.registry.asked:
        assert DEADLINE_S * HOP_SHARE / 2 < told(asked) <= DEADLINE_S * HOP_SHARE


async def test_what_the_gateway_answers_itself_heeds_no_deadline_from_outside(siege: Siege) -> None:
    house, headers = siege.house, siege.headers | {"request-timeout-ms": "1"}
    house.registry.default = json_answer({"id": PERSON})
    response = await house.client.get(f"/v1/persons/{PERSON}/overview", headers=headers)
    assert response.status_code == 200
    form = {"grant_type": "client_credentials"}
    auth = ("integrator", house.secrets["integrator"])
    response = await house.client.post("/oauth2/token", data=form, auth=auth, headers={"request-timeout-ms": "1"})
    assert response.status_code == 200


async def test_a_composition_gives_on_what_is_left(siege: Siege) -> None:
    async def slow_facts(_asked: Asked, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(0.2)
        writer.write(answer(200, b"{}"))

    house = siege.house
    house.registry.script = slow_facts
    response = await house.client.post("/v1/coverage/determinations", json={"person_id": PERSON}, headers=siege.headers)
    assert response.status_code == 200
    (facts,), (question,) = house.registry.asked, house.health.asked
    assert told(facts) <= COMPOSED_S * HOP_SHARE**2
    assert told(question) <= (COMPOSED_S - 0.2) * HOP_SHARE**2


async def test_a_composition_ends_in_time_when_a_service_does_not_answer(siege: Siege) -> None:
    async def never(_asked: Asked, _writer: asyncio.StreamWriter) -> None:
        """Read, and say nothing."""

    siege.house.registry.script = siege.house.health.script = never
    loop = asyncio.get_running_loop()
    began = loop.time()
    response = await siege.house.client.post(
        "/v1/coverage/determinations", json={"person_id": PERSON}, headers=siege.headers
    )
    assert (response.status_code, response.json()["code"]) == (504, "service-timeout")
    assert loop.time() - began < COMPOSED_S + LATE_S
