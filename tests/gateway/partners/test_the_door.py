"""What the door makes of agreements: shares that travel, fields refused early, parts of an overview, forgetting."""

import asyncio
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from services.gateway.access.store.tables import agreements as tables
from services.gateway.app import create_app
from services.kit import clock
from services.stack.stores import Store
from tests.gateway import peer, published
from tests.gateway.conftest import ISSUER, House, gateway_settings, seeded
from tests.gateway.partners.conftest import CLIENT, Desk, agreed
from tests.gateway.peer import json_answer
from tests.gateway.tokens import claims_of

PERSON = "0198c0de-0000-7000-8000-000000000001"


def handed(one: peer.Peer) -> dict[str, Any]:
    """Return the claims of the token that a service was handed last."""
    return claims_of(one.asked[-1].headers[b"authorization"].decode().removeprefix("Bearer "))


async def test_what_is_agreed_travels_with_the_call(house: House) -> None:
    headers = await house.headers("amappe", purpose="TRAINING")
    await house.client.get("/v1/sessions/7/applications", headers=headers)
    claims = handed(house.training)
    assert claims["agreed"]["enrolments"] == {"own": True}
    assert "pathways" not in claims["agreed"]
    headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    await house.client.get("/v1/persons/abc", headers=headers)
    fields = handed(house.registry)["agreed"]["persons"]["fields"]
    assert "names" in fields
    assert not {"contacts", "mother_name", "father_name", "history"} & set(fields)


async def test_a_token_carries_of_personal_scopes_only_what_is_agreed_for_the_purpose(house: House) -> None:
    headers = await house.headers("ministry", purpose="HEALTH_COVERAGE")
    await house.client.get("/v1/persons/abc", headers=headers)
    scopes = set(handed(house.registry)["scope"].split())
    assert {"persons:read", "coverage:decide", "partners:admin"} <= scopes
    assert not {"persons:write", "enrolments:read", "imports:write"} & scopes


async def test_a_part_of_an_overview_that_is_not_agreed_is_denied_and_not_asked_for(house: House) -> None:
    house.registry.default = json_answer({"id": PERSON})
    headers = await house.headers("ministry", purpose="HEALTH_COVERAGE")
    response = await house.client.get(f"/v1/persons/{PERSON}/overview", headers=headers)
    parts = {name: part["status"] for name, part in response.json()["parts"].items()}
    assert parts == {"registry": "ok", "coverage": "ok", "training": "denied"}
    assert house.training.asked == []


async def test_an_operation_about_a_field_that_is_held_back_is_refused_at_the_door(
    gateway_database: Store, tmp_path: Path
) -> None:
    document = published.registry()
    history = published.operation("read_history", "persons:read", personal=True, **{"x-field": "history"})
    document["paths"]["/v1/persons/{person_id}/history"] = {"get": history}
    async with peer.running() as registry:
        folder = published.write(tmp_path / "openapi", registry=document)
        gateway = create_app(gateway_settings(gateway_database, folder, registry_url=registry.url))
        transport = httpx.ASGITransport(app=gateway)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            house = House(gateway, client, registry, registry, registry, await seeded(gateway))
            headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
            refused = await client.get("/v1/persons/abc/history", headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, "field-not-agreed")
            assert registry.asked == []
            headers = await house.headers("ministry")
            assert (await client.get("/v1/persons/abc/history", headers=headers)).status_code == 200
        for _, one in gateway.upstreams.values():
            await one.close()
        await gateway.state.database.close()


async def test_a_second_agreement_adds_to_the_first(house: House, one: Desk, other: Desk, clinic: str) -> None:
    await agreed(one, other, clinic)
    more = [{"resource": "persons", "actions": ["read"], "fields": ["sex"]}]
    await agreed(one, other, clinic, resources=more, authorisation_number="A-S-78/2026")
    made = await one.made(f"{clinic}/clients", CLIENT | {"scopes": ["persons:read"]})
    house.secrets["clinic-desk"] = made["client_secret"]
    headers = await house.headers("clinic-desk", purpose="HEALTH_COVERAGE")
    await house.client.get("/v1/persons/abc", headers=headers)
    assert handed(house.registry)["agreed"] == {"persons": {"fields": ["birth", "names", "sex"]}}


async def test_another_processes_change_acts_within_a_minute(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == 200
    today = clock.today()
    async with house.gateway.state.database.sessions.begin() as session:  # as another process of the gateway would
        await session.execute(update(tables.agreement).values(state="ended", ended_on=today))
    real = clock.now()
    for seconds, status in ((0, 200), (61, 403)):
        at = real.fromtimestamp(real.timestamp() + seconds, real.tzinfo)
        monkeypatch.setattr(house.gateway.plane, "_now", lambda at=at: at)
        assert (await house.client.get("/v1/persons/abc", headers=headers)).status_code == status


async def test_what_is_looked_up_while_rights_change_is_not_remembered(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    headers = await house.headers("hospital", purpose="HEALTH_COVERAGE")
    passports = house.gateway.state.passports
    real, reading, changed = passports._admit, asyncio.Event(), asyncio.Event()

    async def slow(token: str, at: Any) -> Any:
        found = await real(token, at)
        reading.set()
        await changed.wait()
        return found

    monkeypatch.setattr(passports, "_admit", slow)
    asking = asyncio.create_task(house.client.get("/v1/persons/abc", headers=headers))
    await reading.wait()
    passports.forget()
    changed.set()
    assert (await asking).status_code == 200
    assert not passports._held
