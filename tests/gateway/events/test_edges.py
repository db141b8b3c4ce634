"""The edges: polls over HTTP, questions that cannot be, and races that somebody loses."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from services.gateway.events.domain.errors import (
    SubscriptionNotFoundError,
    SubscriptionStoppedError,
    TooManySubscriptionsError,
)
from services.gateway.events.domain.records import SubscriptionDraft
from services.gateway.events.operations.amend_subscription import amend_subscription
from services.gateway.events.operations.remove_subscription import remove_subscription
from services.gateway.events.operations.start_replay import Window, start_replay
from services.gateway.events.reference.settings import catalogue, patience
from services.gateway.events.store import subscriptions
from services.kit.callers import Caller
from services.kit.etags import VersionConflictError
from tests.gateway.conftest import House
from tests.gateway.events.desk import Desk
from tests.gateway.events.test_api import ASKED, Partner, house, tell

__all__ = ["house"]
AWA = UUID(int=1)
NOWHERE = "http://127.0.0.1:9/in"


@pytest.fixture
def reader(house: House) -> Partner:
    """A partner that polls."""
    return Partner(house, "integrator", "REGISTRATION")


async def test_events_are_fetched_as_cloud_events(house: House, reader: Partner) -> None:
    await tell(house, 1, kind="person.registered")
    await tell(house, 2, 3)
    first = await reader.call("GET", "/v1/events", params={"limit": 2})
    assert first.status_code == 200, first.text
    assert [item["data"]["version"] for item in first.json()["items"]] == [1, 2]
    assert first.headers["cache-control"] == "no-store"
    (event,) = (await reader.call("GET", "/v1/events", params={"after": first.json()["next"], "wait": 5})).json()[
        "items"
    ]
    assert {name: event[name] for name in ("specversion", "source", "type", "subject", "dataversion")} == {
        "specversion": "1.0",
        "source": "/indimaj/registry",
        "type": "person.updated",
        "subject": str(AWA),
        "dataversion": "1",
    }
    only = (await reader.call("GET", "/v1/events", params={"types": "person.registered,coverage.*"})).json()
    assert [item["type"] for item in only["items"]] == ["person.registered"]
    assert (await reader.call("GET", "/v1/events", params={"wait": 1, "types": "course.*"})).json()["items"] == []


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"types": "care.*"}, 422, "event-type-unknown"),
        ({"types": ""}, 422, "event-type-unknown"),
        ({"after": "yesterday"}, 422, None),
        ({"after": "99999999999999999999.1"}, 422, None),
        ({"limit": 0}, 422, None),
        ({"region": "06"}, 400, "unknown-parameter"),
    ],
)
async def test_a_poll_that_cannot_be_is_refused(
    reader: Partner, asked: dict[str, Any], status: int, code: str | None
) -> None:
    answer = await reader.call("GET", "/v1/events", params=asked)
    assert (answer.status_code, answer.json()["code"]) == (status, code or answer.json()["code"])


async def test_a_poll_says_why(house: House) -> None:
    answer = await Partner(house, "integrator", None).call("GET", "/v1/events")
    assert (answer.status_code, answer.json()["code"]) == (400, "purpose-required")
    answer = await Partner(house, "cnss", "HEALTH_COVERAGE").call("GET", "/v1/events")
    assert (answer.status_code, answer.json()["items"]) == (200, [])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"after": "0.0", "from_time": "2026-11-23T12:00:00Z"},
        {"from_time": "2026-11-23T12:00:00"},
        {"after": "0.0", "until": "2026-11-23T12:00:00"},
        {"after": "soon"},
        {"from_time": "1990-01-01T00:00:00Z"},
    ],
)
async def test_a_replay_that_cannot_be_is_refused(house: House, body: dict[str, Any]) -> None:
    partner = Partner(house, "integrator")
    made = await partner.subscribe()
    answer = await partner.call("POST", f"/v1/subscriptions/{made['id']}/replay", json=body)
    assert answer.status_code == 422, answer.text


async def test_an_address_outside_what_agreements_allow_is_told_in_three_languages(house: House) -> None:
    partner, seen = Partner(house, "integrator"), set()
    for language in ("fr", "ar", "en"):
        headers = {"accept-language": language}
        answer = await partner.call(
            "POST", "/v1/subscriptions", json={**ASKED, "url": "https://10.0.0.1/"}, headers=headers
        )
        seen.add(answer.json()["detail"])
    assert len(seen) == 3


async def test_a_subscription_that_went_away_meanwhile_is_not_amended(desk: Desk) -> None:
    draft = SubscriptionDraft(NOWHERE, ("*",), "REGISTRATION", None)
    async with desk.database.sessions.begin() as session:
        with pytest.raises(SubscriptionNotFoundError):
            await amend_subscription(
                session, uuid4(), draft, organisation="mdm", version=1, catalogue=catalogue(), at=desk.at
            )
        with pytest.raises(SubscriptionNotFoundError):
            await remove_subscription(session, uuid4(), organisation="mdm", version=1)
        assert await subscriptions.secrets_of(session, uuid4(), at=desk.at) == []
        assert await subscriptions.note_failure(session, uuid4(), at=desk.at) == desk.at
    made, _ = await desk.subscribe(NOWHERE)
    async with desk.database.sessions.begin() as session:
        with pytest.raises(VersionConflictError):
            await remove_subscription(session, made.id, organisation="mdm", version=7)


async def test_nothing_is_replayed_for_a_subscription_that_is_not_active(desk: Desk) -> None:
    made, _ = await desk.subscribe(NOWHERE)
    draft = SubscriptionDraft(NOWHERE, ("*",), "REGISTRATION", None, active=False)
    caller = Caller("mdm", "mdm", "mdm", frozenset())
    async with desk.database.sessions.begin() as session:
        await subscriptions.amend(session, made.id, draft, at=desk.at)
        with pytest.raises(SubscriptionStoppedError):
            await start_replay(session, made.id, Window(after="0.0"), caller=caller, kept=patience().kept, at=desk.at)
    with pytest.raises(TooManySubscriptionsError):
        await desk.subscribe(NOWHERE, most=1)
    await desk.tell((AWA, 1))
    assert await desk.deliveries() == []
