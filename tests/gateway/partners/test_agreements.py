"""Agreements over HTTP: two persons, narrowing, ends, and what the door makes of them."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.kit import clock
from tests.gateway.conftest import House
from tests.gateway.partners.conftest import CLIENT, TERMS, Desk, agreed, travel
from tests.gateway.tokens import claims_of

PERSON = "/v1/persons/abc"


async def a_client(house: House, one: Desk, other: Desk, partner: str, scopes: list[str]) -> dict[str, str]:
    """Make a client with these scopes, approved where that is needed, and return its headers."""
    made = await one.made(f"{partner}/clients", CLIENT | {"scopes": scopes})
    if made["approval_id"]:
        assert (await other.post(f"/v1/approvals/{made['approval_id']}/approve")).status_code == 200
    house.secrets[made["client_id"]] = made["client_secret"]
    return await house.headers(made["client_id"], purpose="HEALTH_COVERAGE")


def inner(house: House) -> dict[str, Any]:
    return claims_of(house.registry.asked[-1].headers[b"authorization"].decode().removeprefix("Bearer "))


async def test_an_agreement_gives_nothing_until_a_second_person_approves_it(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    made = await one.made(f"{clinic}/agreements", TERMS)
    assert (made["state"], made["standing"], made["version"]) == ("proposed", "proposed", 1)
    headers = await a_client(house, one, other, clinic, ["persons:read"])
    response = await house.client.get(PERSON, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "purpose-not-agreed")
    path = f"{clinic}/agreements/{made['id']}"
    response = await one.post(f"{path}/approve")
    assert (response.status_code, response.json()["code"]) == (409, "second-person-required")
    response = await other.post(f"{path}/approve")
    assert (response.status_code, response.json()["state"], response.json()["standing"]) == (200, "active", "in_force")
    assert (await house.client.get(PERSON, headers=headers)).status_code == 200
    claims = inner(house)
    assert claims["agreed"] == {"persons": {"fields": ["birth", "names"]}}
    assert (claims["scope"], claims["purpose"]) == ("persons:read", "HEALTH_COVERAGE")
    for again in ("approve", "reject"):
        response = await other.post(f"{path}/{again}", {} if again == "reject" else None)
        assert (response.status_code, response.json()["code"]) == (409, "agreement-state")


async def test_a_rejected_agreement_gives_nothing_for_ever(one: Desk, other: Desk, clinic: str) -> None:
    made = await one.made(f"{clinic}/agreements", TERMS)
    path = f"{clinic}/agreements/{made['id']}"
    response = await other.post(f"{path}/reject", {"reason": "Sans autorisation"})
    assert (response.status_code, response.json()["state"]) == (200, "rejected")
    waiting = (await one.get("/v1/approvals?state=rejected")).json()["items"]
    assert [(item["target"], item["reason"]) for item in waiting] == [(made["id"], "Sans autorisation")]
    assert (await other.post(f"{path}/approve")).status_code == 409
    assert (await one.post(f"{path}/end", {})).json()["code"] == "agreement-state"


async def test_the_door_says_what_is_not_agreed(house: House, one: Desk, other: Desk, clinic: str) -> None:
    await agreed(one, other, clinic)
    headers = await a_client(house, one, other, clinic, ["persons:read", "persons:write", "coverage:read"])
    answers = {
        "write": await house.client.post("/v1/persons", content=b"{}", headers=headers),
        "coverage": await house.client.get("/v1/coverage/determinations", headers=headers),
        "training": await house.client.get(PERSON, headers=headers | {"purpose": "TRAINING"}),
    }
    codes = {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()}
    assert codes == {
        "write": (403, "resource-not-agreed"),
        "coverage": (403, "resource-not-agreed"),
        "training": (403, "purpose-not-agreed"),
    }
    assert house.registry.asked == house.health.asked == []


async def test_what_is_about_nobody_needs_the_scope_alone(house: House, one: Desk, other: Desk, clinic: str) -> None:
    headers = await a_client(house, one, other, clinic, ["courses:read"])
    del headers["purpose"]
    assert (await house.client.get("/v1/sessions", headers=headers)).status_code == 200


async def test_an_agreement_ends_by_itself_at_midnight_in_morocco_and_says_so(
    house: House, one: Desk, other: Desk, clinic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = clock.now().astimezone(clock.CASABLANCA).date()
    await agreed(one, other, clinic, valid_to=today.isoformat())
    headers = await a_client(house, one, other, clinic, ["persons:read"])
    midnight = datetime.combine(today + timedelta(days=1), datetime.min.time(), clock.CASABLANCA)
    passports = house.gateway.state.passports
    passport = await passports.of(headers["authorization"].encode(), clock.now())
    passport.until = midnight.timestamp() + 3600  # as if the token had been verified just before midnight
    for seconds, status in ((-20, 200), (-1, 200), (0, 403), (1, 403)):
        travel(house, monkeypatch, midnight + timedelta(seconds=seconds))
        response = await house.client.get(PERSON, headers=headers)
        assert response.status_code == status, seconds
    problem = response.json()
    assert problem["code"] == "agreement-expired"
    assert (problem["authorisation_number"], problem["ended_on"]) == ("A-S-77/2026", today.isoformat())


async def test_an_ended_agreement_stops_at_once_and_says_so(house: House, one: Desk, other: Desk, clinic: str) -> None:
    path = await agreed(one, other, clinic)
    headers = await a_client(house, one, other, clinic, ["persons:read"])
    assert (await house.client.get(PERSON, headers=headers)).status_code == 200
    response = await one.post(f"{path}/end", {"reason": "Fin du projet"})
    assert (response.status_code, response.json()["state"], response.json()["standing"]) == (200, "ended", "ended")
    response = await house.client.get(PERSON, headers=headers)
    assert (response.status_code, response.json()["code"]) == (403, "agreement-expired")
    assert (await one.post(f"{path}/end", {})).json()["code"] == "agreement-state"


async def test_an_agreement_is_narrowed_at_once_and_never_widened(
    house: House, one: Desk, other: Desk, clinic: str
) -> None:
    path = await agreed(one, other, clinic)
    headers = await a_client(house, one, other, clinic, ["persons:read", "persons:search"])
    assert (await house.client.get(PERSON, headers=headers)).status_code == 200
    narrower = [{"resource": "persons", "actions": ["read"], "fields": ["birth"], "rows": "own"}]
    response = await one.patch(path, {"resources": narrower, "valid_to": "2028-12-31"})
    assert (response.status_code, response.json()["version"]) == (200, 3)
    assert (await house.client.get(PERSON, headers=headers)).status_code == 200
    assert inner(house)["agreed"] == {"persons": {"fields": ["birth"], "own": True}}
    response = await house.client.post("/v1/persons/search", content=b"{}", headers=headers)
    assert response.json()["code"] == "resource-not-agreed"
    for wider in (
        {"valid_to": "2029-01-01"},
        {"valid_to": None},
        {"purposes": ["TRAINING"]},
        {"resources": TERMS["resources"]},
    ):
        response = await one.patch(path, wider)
        assert (response.status_code, response.json()["code"]) == (409, "agreement-widens"), wider
    stale = await one.patch(path, {"valid_to": "2027-12-31"}, etag='"v1"')
    assert stale.status_code == 412
    unconditional = await house.client.patch(path, json={}, headers=one.headers)
    assert unconditional.status_code == 428


@pytest.mark.parametrize(
    ("changes", "pointer", "code"),
    [
        ({"resources": [{"resource": "secrets", "actions": ["read"]}]}, "/resources/0/resource", "resource_unknown"),
        ({"resources": [{"resource": "persons", "actions": ["delete"]}]}, "/resources/0/actions", "action_unknown"),
        (
            {"resources": [{"resource": "persons", "actions": ["read"], "fields": ["religion"]}]},
            "/resources/0/fields",
            "field_unknown",
        ),
        (
            {"resources": [{"resource": "changes", "actions": ["read"], "rows": "own"}]},
            "/resources/0/rows",
            "rows_have_no_owner",
        ),
        ({"resources": [{"resource": "persons", "actions": ["read"]}] * 2}, "/resources/1/resource", "resource_twice"),
        ({"valid_to": "2025-12-31"}, "/valid_to", "period_reversed"),
        ({"purposes": []}, "/purposes", "too_short"),
        ({"purposes": ["CURIOSITY"]}, "/purposes/0", "literal_error"),
    ],
)
async def test_an_agreement_that_cannot_be_applied_is_refused_with_its_place(
    one: Desk, clinic: str, changes: dict[str, Any], pointer: str, code: str
) -> None:
    response = await one.post(f"{clinic}/agreements", TERMS | changes)
    assert response.status_code == 422
    assert [(error["pointer"], error["code"]) for error in response.json()["errors"]] == [(pointer, code)]


async def test_of_two_who_approve_at_once_one_is_told_that_it_is_decided(one: Desk, other: Desk, clinic: str) -> None:
    made = await one.made(f"{clinic}/agreements", TERMS)
    path = f"{clinic}/agreements/{made['id']}"
    answers = await asyncio.gather(*[other.post(f"{path}/approve") for _ in range(4)])
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    changes = (await one.get(f"{clinic}/history?target={made['id']}")).json()["items"]
    assert [change["kind"] for change in changes] == ["agreement_proposed", "agreement_approved"]


async def test_approving_and_rejecting_at_once_leaves_one_decision(one: Desk, other: Desk, clinic: str) -> None:
    for _ in range(3):
        made = await one.made(f"{clinic}/agreements", TERMS)
        path = f"{clinic}/agreements/{made['id']}"
        answers = await asyncio.gather(other.post(f"{path}/approve"), one.post(f"{path}/reject", {}))
        assert sorted(answer.status_code for answer in answers) == [200, 409]
        won = next(answer.json()["state"] for answer in answers if answer.status_code == 200)
        assert (await one.get(path)).json()["state"] == won


async def test_ending_and_narrowing_at_once_leaves_what_came_last_ended(one: Desk, other: Desk, clinic: str) -> None:
    path = await agreed(one, other, clinic)
    answers = await asyncio.gather(
        one.post(f"{path}/end", {}), other.patch(path, {"valid_to": "2027-01-01"}, etag='"v2"')
    )
    assert answers[0].status_code == 200
    assert answers[1].status_code in {200, 409, 412}
    assert (await one.get(path)).json()["state"] == "ended"


async def test_agreements_are_listed_in_pages_and_by_what_they_are_worth(one: Desk, other: Desk, clinic: str) -> None:
    path = await agreed(one, other, clinic)
    for number in range(3):
        await one.made(f"{clinic}/agreements", TERMS | {"authorisation_number": f"A-{number}/2026"})
    first = (await one.get(f"{clinic}/agreements?limit=2")).json()
    rest = (await one.get(f"{clinic}/agreements?limit=2&cursor={first['next']}")).json()
    assert (len(first["items"]), len(rest["items"]), rest["next"]) == (2, 2, None)
    in_force = (await one.get(f"{clinic}/agreements?in_force=true")).json()["items"]
    assert [f"{clinic}/agreements/{item['id']}" for item in in_force] == [path]
    proposed = (await one.get(f"{clinic}/agreements?state=proposed")).json()["items"]
    assert len(proposed) == 3
    waiting = (await one.get(f"/v1/approvals?state=proposed&partner_id={clinic.rpartition('/')[2]}&limit=2")).json()
    assert [item["kind"] for item in waiting["items"]] == ["agreement", "agreement"]
    assert waiting["next"] is not None
    more = (
        await one.get(
            f"/v1/approvals?state=proposed&partner_id={clinic.rpartition('/')[2]}&limit=2&cursor={waiting['next']}"
        )
    ).json()
    assert (len(more["items"]), more["next"]) == (1, None)


async def test_a_not_yet_agreement_gives_nothing_yet(
    house: House, one: Desk, other: Desk, clinic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    tomorrow = clock.now().astimezone(clock.CASABLANCA).date() + timedelta(days=1)
    path = await agreed(one, other, clinic, valid_from=tomorrow.isoformat())
    assert (await one.get(path)).json()["standing"] == "not_yet"
    headers = await a_client(house, one, other, clinic, ["persons:read"])
    assert (await house.client.get(PERSON, headers=headers)).json()["code"] == "purpose-not-agreed"
    start = datetime.combine(tomorrow, datetime.min.time(), clock.CASABLANCA).astimezone(UTC)
    passport = await house.gateway.state.passports.of(headers["authorization"].encode(), clock.now())
    passport.until = start.timestamp() + 60
    travel(house, monkeypatch, start)
    assert (await house.client.get(PERSON, headers=headers)).status_code == 200
