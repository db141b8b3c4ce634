"""From a write in a service to a partner's receiver: real services, feeds and agreements, and the worker."""

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import psycopg
import pytest

from services.gateway.assembly import working
from services.gateway.assembly.events import event_tools
from services.gateway.settings import GatewaySettings
from services.kit.database import Database
from tests.end_to_end.people import awa
from tests.gateway.events.receiver import Receiver
from tests.kit.waiting import until
from tests.support.asgi import settings_for
from tests.support.server import Databases
from tests.support.system import System, running_system

DECLARED = {"rsu_score": "9.6", "rsu_registered": True, "rnp_registered": True, "other_amo": False}


@pytest.fixture
def system(databases: Databases) -> Iterator[System]:
    """Four applications on real sockets."""
    with running_system(databases) as running:
        yield running


def settings_of(system: System) -> GatewaySettings:
    return GatewaySettings(
        **settings_for(system.stores["gateway"], gateway_url=system.base_url),
        key_encryption_key="33" * 32,
        registry_url=system.urls["registry"],
        health_url=system.urls["coverage"],
        training_url=system.urls["training"],
        allow_local_webhooks=True,
    )


class Partner:
    """The integrators' sandbox."""

    def __init__(self, system: System, client: httpx.AsyncClient) -> None:
        self.system, self.client, self.token = system, client, ""

    async def call(self, method: str, path: str, purpose: str | None = None, **more: Any) -> Any:
        if not self.token:
            auth = ("integrator", self.system.secrets["integrator"])
            form = {"grant_type": "client_credentials"}
            self.token = (await self.client.post("/oauth2/token", data=form, auth=auth)).json()["access_token"]
        headers = {"authorization": f"Bearer {self.token}"} | ({"purpose": purpose} if purpose else {})
        answer = await self.client.request(method, path, headers=headers, **more)
        assert answer.status_code < 300, answer.text
        return answer.json()


async def test_what_happens_in_the_services_is_told_to_a_partner(system: System, receiver: Receiver) -> None:
    settings = settings_of(system)
    database, stopping = Database(settings.database_url.get_secret_value()), asyncio.Event()
    _, beside = working.backgrounds(database, settings)
    async with httpx.AsyncClient(base_url=system.base_url, timeout=30) as client:
        partner = Partner(system, client)
        for purpose in ("REGISTRATION", "HEALTH_COVERAGE"):
            asked = {"url": f"{receiver.url}/{purpose}", "types": ["*"], "purpose": purpose}
            receiver.secrets[f"/{purpose}"] = (await partner.call("POST", "/v1/subscriptions", json=asked))["secret"]
        running = [asyncio.ensure_future(one(stopping)) for one in beside]
        try:
            person = await partner.call("POST", "/v1/persons", "REGISTRATION", json=awa())
            question = {"person_id": person["id"], "declared": DECLARED}
            made = await partner.call("POST", "/v1/coverage/determinations", "HEALTH_COVERAGE", json=question)
            await until(lambda: len({body["type"] for _, body in receiver.got}) == 2, within_s=60)
            polled = await partner.call("GET", "/v1/events?types=coverage.*&wait=5", "HEALTH_COVERAGE")
        finally:
            stopping.set()
            await asyncio.gather(*running)
            await database.close()
    told = {body["type"]: body["data"] for _, body in receiver.got}
    assert told["person.registered"] == {"person_id": person["id"], "version": 1}
    references = {"person_id": person["id"], "determination_id": made["id"], "version": 1}
    assert told["coverage.determination_made"] == references
    (event,) = polled["items"]
    assert (event["data"], event["subject"], event["specversion"]) == (references, person["id"], "1.0")
    with psycopg.connect(system.stores["gateway"].admin_url) as connection:
        owners = connection.execute("SELECT DISTINCT organisation FROM event").fetchall()
        caught_up = connection.execute("SELECT source FROM feed_cursor WHERE caught_up_at IS NOT NULL").fetchall()
    assert owners == [("integrator",)]
    assert {name for (name,) in caught_up} >= {"registry", "coverage"}  # nothing to tell yet: `courses` still waits


async def test_a_service_that_is_away_is_waited_for_and_chores_go_on(system: System) -> None:
    settings = settings_of(system).model_copy(update={"registry_url": "http://127.0.0.1:9"})
    database, stopping = Database(settings.database_url.get_secret_value()), asyncio.Event()
    _, beside = working.backgrounds(database, settings)
    running = [asyncio.ensure_future(one(stopping)) for one in beside]
    await asyncio.sleep(1.0)
    assert not any(each.done() for each in running)
    stopping.set()
    await asyncio.gather(*running)
    await database.close()


async def test_chores_that_meet_trouble_leave_it_for_the_next_time(system: System) -> None:
    settings = settings_of(system)
    away, stopping = Database("postgresql://nobody@127.0.0.1:9/none"), asyncio.Event()
    tools = event_tools(settings)
    running = asyncio.ensure_future(working.housekeeping(away, settings, tools)(stopping))
    await asyncio.sleep(0.5)
    assert not running.done()
    stopping.set()
    await running
    await away.close()
