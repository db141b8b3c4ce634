"""Subscriptions, deliveries and events over HTTP, through the whole door, under real agreements."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import text

from services.background import worker
from services.gateway.app import create_app
from services.gateway.assembly.events import given_to
from services.gateway.assembly.working import tasks
from services.gateway.events.domain.records import Change
from services.gateway.events.operations.record_events import record_events
from services.stack.stores import Store
from tests.gateway import peer, published
from tests.gateway.conftest import ISSUER, House, gateway_settings, seeded
from tests.gateway.events.desk import Desk
from tests.gateway.events.receiver import Receiver

AWA = UUID(int=1)
NOWHERE = "http://127.0.0.1:9/in"
ASKED = {"url": NOWHERE, "types": ["person.*"], "purpose": "REGISTRATION", "description": "Guichet"}


@pytest.fixture
async def house(gateway_database: Store, tmp_path: Path) -> AsyncIterator[House]:
    """A gateway that may send events to this machine."""
    async with peer.running() as one:
        urls = {f"{name}_url": one.url for name in ("registry", "health", "training")}
        settings = gateway_settings(
            gateway_database, published.write(tmp_path / "openapi"), allow_local_webhooks=True, **urls
        )
        gateway = create_app(settings)
        transport = httpx.ASGITransport(app=gateway)
        async with httpx.AsyncClient(transport=transport, base_url=ISSUER) as client:
            yield House(gateway, client, one, one, one, await seeded(gateway))
        for _, upstream in gateway.upstreams.values():
            await upstream.close()
        await gateway.state.database.close()


class Partner:
    """A partner's program."""

    def __init__(self, house: House, name: str, purpose: str | None = None) -> None:
        self.house, self.name, self.purpose = house, name, purpose

    async def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        named = await self.house.headers(self.name, purpose=self.purpose)
        return await self.house.client.request(method, path, headers={**named, **(headers or {})}, **more)

    async def subscribe(self, **changes: Any) -> dict[str, Any]:
        answer = await self.call("POST", "/v1/subscriptions", json={**ASKED, **changes})
        assert answer.status_code == 201, answer.text
        body: dict[str, Any] = answer.json()
        return body


@pytest.fixture
def partner(house: House) -> Partner:
    """The integrators' sandbox, which may do everything."""
    return Partner(house, "integrator")


async def tell(house: House, *versions: int, kind: str = "person.updated", number: int = 0) -> None:
    """Have the gateway take up changes of a person, as its worker does."""
    tools, at = house.gateway.state.events, datetime.now(UTC)
    changes = [
        Change("registry", number + version, kind, AWA, version, at, "mdm", {"person_id": str(AWA)})
        for version in versions
    ]
    async with house.gateway.state.database.sessions.begin() as session:
        await record_events(session, changes, catalogue=tools.catalogue, given_to=tools.given_to, at=at)


async def work_off(house: House, job_id: str) -> None:
    """Run a job as the worker does."""
    database = house.gateway.state.database
    async with database.sessions.begin() as session:
        kind = (await session.execute(text("SELECT kind FROM job WHERE id = :id"), {"id": job_id})).scalar_one()
    await worker.perform(database, job_id, tasks(house.gateway.state.events)[kind], last_attempt=True)


async def end_agreements(house: House, organisation: str = "integrator") -> None:
    """Let every agreement of an organisation have been over yesterday."""
    statement = (
        "UPDATE agreement SET valid = daterange('2020-01-01', (now() - interval '2 days')::date, '[]')"
        " FROM organisation WHERE organisation.id = organisation_id AND code = :code"
    )
    async with house.gateway.state.database.sessions.begin() as session:
        await session.execute(text(statement), {"code": organisation})


async def test_a_subscription_is_made_shown_and_its_secret_shown_once(partner: Partner) -> None:
    answer = await partner.call("POST", "/v1/subscriptions", json=ASKED)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert made["secret"].startswith("whsec_")
    assert (made["paused"], made["active"], made["types"]) == (None, True, ["person.*"])
    assert answer.headers["location"] == f"/v1/subscriptions/{made['id']}"
    read = await partner.call("GET", answer.headers["location"])
    assert read.headers["etag"] == answer.headers["etag"] == '"v1"'
    assert read.json() == {name: value for name, value in made.items() if name != "secret"}
    listed = (await partner.call("GET", "/v1/subscriptions")).json()
    assert (listed["items"], listed["next"]) == ([read.json()], None)


async def test_the_secret_is_sealed_at_rest(house: House, partner: Partner) -> None:
    made = await partner.subscribe()
    async with house.gateway.state.database.sessions.begin() as session:
        stored = (await session.execute(text("SELECT secret FROM subscription"))).scalar_one()
    assert made["secret"].encode() not in stored
    assert len(stored) > 32


async def test_a_list_goes_on_where_its_page_ended(partner: Partner) -> None:
    for _ in range(3):
        await partner.subscribe()
    first = (await partner.call("GET", "/v1/subscriptions", params={"limit": 2})).json()
    second = (await partner.call("GET", "/v1/subscriptions", params={"limit": 2, "cursor": first["next"]})).json()
    assert (len(first["items"]), len(second["items"]), second["next"]) == (2, 1, None)


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"url": "https://10.0.0.1/in"}, 422, "webhook-url-refused"),
        ({"url": "http://partner.example/in"}, 422, "webhook-url-refused"),
        ({"url": "https://no-such-name.invalid/in"}, 422, "webhook-url-refused"),
        ({"types": ["care.*"]}, 422, "event-type-unknown"),
        ({"types": []}, 422, "invalid-input"),
        ({"types": ["Person.*"]}, 422, "invalid-input"),
        ({"purpose": "FUN"}, 422, "invalid-input"),
        ({"region": "06"}, 422, "invalid-input"),
    ],
)
async def test_a_subscription_that_cannot_be_is_refused(
    partner: Partner, changes: dict[str, Any], status: int, code: str
) -> None:
    answer = await partner.call("POST", "/v1/subscriptions", json={**ASKED, **changes})
    body = answer.json()
    assert (answer.status_code, body["errors"][0]["pointer"].split("/")[1]) == (status, next(iter(changes)))
    assert body["code"] in {code, "validation-failed", "invalid"}
    assert "10.0.0.1" not in answer.text


async def test_a_purpose_that_no_agreement_gives_is_refused(house: House) -> None:
    answer = await Partner(house, "cnss").call("POST", "/v1/subscriptions", json=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (403, "resource-not-agreed")
    answer = await Partner(house, "hospital").call("GET", "/v1/subscriptions")
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")


async def test_an_organisation_has_so_many_and_no_more(house: House, partner: Partner) -> None:
    for _ in range(house.gateway.state.events.patience.most_subscriptions):
        await partner.subscribe()
    answer = await partner.call("POST", "/v1/subscriptions", json=ASKED)
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-subscriptions")


async def test_an_idempotent_request_makes_one_subscription(partner: Partner) -> None:
    key = {"idempotency-key": "once"}
    answers = [await partner.call("POST", "/v1/subscriptions", json=ASKED, headers=key) for _ in range(2)]
    assert answers[0].json()["id"] == answers[1].json()["id"]
    assert len((await partner.call("GET", "/v1/subscriptions")).json()["items"]) == 1


async def test_a_patch_changes_what_it_names(partner: Partner) -> None:
    made = await partner.subscribe()
    path = f"/v1/subscriptions/{made['id']}"
    assert (await partner.call("PATCH", path, json={"active": False})).status_code == 428
    tag = {"if-match": '"v1"'}
    changed = await partner.call("PATCH", path, json={"active": False, "description": None}, headers=tag)
    assert changed.status_code == 200, changed.text
    assert (changed.json()["active"], changed.json()["description"], changed.json()["version"]) == (False, None, 2)
    assert (await partner.call("PATCH", path, json={"active": True}, headers=tag)).status_code == 412
    tag = {"if-match": changed.headers["etag"]}
    for refused in ({"url": None}, {"types": None}, {"purpose": "TRAINING"}, {"types": ["care.*"]}):
        assert (await partner.call("PATCH", path, json=refused, headers=tag)).status_code == 422
    inward = await partner.call("PATCH", path, json={"url": "https://169.254.169.254/"}, headers=tag)
    assert inward.json()["code"] == "webhook-url-refused"
    moved = await partner.call("PATCH", path, json={"url": "http://127.0.0.1:10/x", "types": ["*"]}, headers=tag)
    assert (moved.json()["url"], moved.json()["types"]) == ("http://127.0.0.1:10/x", ["*"])


async def test_a_removed_subscription_is_gone(partner: Partner) -> None:
    made = await partner.subscribe()
    path = f"/v1/subscriptions/{made['id']}"
    assert (await partner.call("DELETE", path, headers={"if-match": '"v7"'})).status_code == 412
    assert (await partner.call("DELETE", path, headers={"if-match": '"v1"'})).status_code == 204
    assert (await partner.call("GET", path)).status_code == 404
    assert (await partner.call("DELETE", path, headers={"if-match": '"v1"'})).status_code == 404


async def test_another_organisations_subscription_is_not_there(house: House, partner: Partner) -> None:
    made = await partner.subscribe()
    await tell(house, 1)
    (delivery,) = (await partner.call("GET", f"/v1/subscriptions/{made['id']}/deliveries")).json()["items"]
    other, path = Partner(house, "ministry"), f"/v1/subscriptions/{made['id']}"
    one, tag = f"{path}/deliveries/{delivery['id']}", {"if-match": '"v1"'}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("GET", path, {}),
        ("PATCH", path, {"json": {"active": False}, "headers": tag}),
        ("DELETE", path, {"headers": tag}),
        ("POST", f"{path}/rotate-secret", {"json": {}}),
        ("POST", f"{path}/test", {}),
        ("GET", f"{path}/deliveries", {}),
        ("GET", f"{path}/dead-letters", {}),
        ("POST", f"{path}/dead-letters/replay", {}),
        ("GET", one, {}),
        ("POST", f"{one}/retry", {}),
        ("POST", f"{path}/replay", {"json": {"after": "0.0"}}),
    ]
    for method, where, more in asked:
        answer = await other.call(method, where, **more)
        assert (method, where, answer.status_code) == (method, where, 404)
    assert (await other.call("GET", "/v1/subscriptions")).json()["items"] == []
    mine = await other.subscribe()
    beside = f"/v1/subscriptions/{mine['id']}/deliveries/{delivery['id']}"
    assert (await other.call("GET", beside)).status_code == 404
    assert (await other.call("POST", f"{beside}/retry")).status_code == 404


async def test_an_agreement_that_is_over_is_said_and_stops_the_flow(house: House, partner: Partner) -> None:
    made = await partner.subscribe()
    await tell(house, 1)
    await end_agreements(house)
    await tell(house, 2)
    async with house.gateway.state.database.sessions.begin() as session:
        today = datetime.now(UTC).date()
        assert await given_to(session, "integrator", "REGISTRATION", today) == {}
        assert await given_to(session, "nobody", "REGISTRATION", today) == {}
    read = await partner.call("GET", f"/v1/subscriptions/{made['id']}")
    assert read.json()["paused"] == "agreement_expired"
    deliveries = (await partner.call("GET", f"/v1/subscriptions/{made['id']}/deliveries")).json()["items"]
    assert [each["type"] for each in deliveries] == ["person.updated"]
    polled = await Partner(house, "integrator", "REGISTRATION").call("GET", "/v1/events")
    assert polled.status_code == 403


async def test_deliveries_can_be_watched_retried_and_replayed(
    house: House, partner: Partner, receiver: Receiver
) -> None:
    made = await partner.subscribe(url=f"{receiver.url}/in")
    receiver.secrets["/in"] = made["secret"]
    desk = Desk(house.gateway.state.database, key=bytes.fromhex("33" * 32))
    path = f"/v1/subscriptions/{made['id']}"
    receiver.answers = [500]
    await tell(house, 1)
    desk.at = datetime.now(UTC)
    await desk.deliver_due()
    (waiting,) = (await partner.call("GET", f"{path}/deliveries", params={"status": "pending"})).json()["items"]
    assert (waiting["attempts"], waiting["ended_at"]) == (1, None)
    assert (await partner.call("GET", path)).json()["failing_since"] is not None
    early = await partner.call("POST", f"{path}/deliveries/{waiting['id']}/retry")
    assert (early.status_code, early.json()["code"]) == (409, "delivery-under-way")
    desk.at += timedelta(seconds=10)
    await desk.deliver_due()
    one = (await partner.call("GET", f"{path}/deliveries/{waiting['id']}")).json()
    assert (one["state"], [each["status"] for each in one["attempt_list"]]) == ("delivered", [500, 204])
    assert one["webhook_id"] == receiver.got[0][0]
    again = await partner.call("POST", f"{path}/deliveries/{waiting['id']}/retry")
    assert (again.status_code, again.json()["state"]) == (202, "pending")
    desk.at = datetime.now(UTC) + timedelta(seconds=20)
    await desk.deliver_due()
    assert [message_id for message_id, _ in receiver.got] == [one["webhook_id"]] * 2
    job = await partner.call("POST", f"{path}/replay", json={"after": "0.0"})
    assert job.status_code == 202, job.text
    await work_off(house, job.json()["id"])
    done = (await partner.call("GET", job.headers["location"])).json()
    assert (done["state"], done["result"], done["progress"]) == ("succeeded", {"sent_again": 1}, 100.0)
    desk.at += timedelta(seconds=20)
    await desk.deliver_due()
    assert len(receiver.got) == 3


async def test_the_gateways_jobs_belong_to_the_organisation_and_can_be_cancelled(
    house: House, partner: Partner
) -> None:
    made = await partner.subscribe()
    job = await partner.call("POST", f"/v1/subscriptions/{made['id']}/replay", json={"after": "0.0"})
    where = job.headers["location"]
    for method in ("GET", "DELETE"):
        assert (await Partner(house, "ministry").call(method, where)).status_code == 404
    cancelled = await partner.call("DELETE", where)
    assert (cancelled.status_code, cancelled.json()["state"]) == (200, "cancelled")
    assert (await partner.call("GET", f"/v1/jobs/gateway-{AWA}")).status_code == 404


async def test_dead_letters_are_listed_and_sent_again(house: House, partner: Partner, receiver: Receiver) -> None:
    made = await partner.subscribe(url=f"{receiver.url}/in")
    receiver.secrets["/in"], receiver.answers = made["secret"], [410]
    desk = Desk(house.gateway.state.database, key=bytes.fromhex("33" * 32))
    path = f"/v1/subscriptions/{made['id']}"
    await tell(house, 1, 2, 3)
    desk.at = datetime.now(UTC)
    await desk.deliver_due()
    read = await partner.call("GET", path)
    assert read.json()["paused"] == "receiver_gone"
    dead = (await partner.call("GET", f"{path}/dead-letters", params={"limit": 2})).json()
    assert ([each["state"] for each in dead["items"]], dead["next"] is not None) == (["dead", "dead"], True)
    rest = await partner.call("GET", f"{path}/dead-letters", params={"limit": 2, "cursor": dead["next"]})
    assert (len(rest.json()["items"]), rest.json()["next"]) == (1, None)
    for refused in ("dead-letters/replay", "test", f"deliveries/{dead['items'][0]['id']}/retry"):
        answer = await partner.call("POST", f"{path}/{refused}")
        assert (answer.status_code, answer.json()["code"]) == (409, "subscription-stopped")
    tag = {"if-match": read.headers["etag"]}
    assert (await partner.call("PATCH", path, json={"active": True}, headers=tag)).json()["paused"] is None
    job = await partner.call("POST", f"{path}/dead-letters/replay")
    await work_off(house, job.json()["id"])
    assert (await partner.call("GET", job.headers["location"])).json()["result"] == {"sent_again": 3}
    desk.at = datetime.now(UTC) + timedelta(seconds=5)
    await desk.deliver_due()
    assert receiver.versions(str(AWA)) == [1, 2, 3]


async def test_a_ping_and_a_new_secret_can_be_asked_for(house: House, partner: Partner, receiver: Receiver) -> None:
    made = await partner.subscribe(url=f"{receiver.url}/in")
    path = f"/v1/subscriptions/{made['id']}"
    rotated = await partner.call("POST", f"{path}/rotate-secret", json={"overlap_hours": 0})
    assert rotated.json()["secret"] not in {made["secret"], None}
    assert rotated.json()["former_secret_until"] is None
    both = (await partner.call("POST", f"{path}/rotate-secret", json={})).json()
    assert both["former_secret_until"] is not None
    receiver.secrets["/in"] = both["secret"]
    ping = await partner.call("POST", f"{path}/test")
    assert (ping.status_code, ping.json()["type"]) == (202, "indimaj.ping")
    desk = Desk(house.gateway.state.database, key=bytes.fromhex("33" * 32))
    desk.at = datetime.now(UTC)
    await desk.deliver_due()
    assert [body["type"] for _, body in receiver.got] == ["indimaj.ping"]
    assert (await partner.call("GET", ping.headers["location"])).json()["state"] == "delivered"
