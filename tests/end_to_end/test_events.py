"""A partner subscribes, a person is registered, and the partner is told: through the whole deployment."""

from __future__ import annotations

import time
from typing import Any

import pytest

from tests.end_to_end.partner import Partner, expect, expect_problem
from tests.end_to_end.people import awa
from tests.gateway.events.receiver import receiving

pytestmark = pytest.mark.end_to_end

_PATIENCE_SECONDS = 60.0


def test_a_subscriber_is_told_of_a_new_person(integrator: Partner) -> None:
    with receiving() as receiver:
        asked = {"url": f"{receiver.url}/in", "types": ["person.*"], "purpose": "REGISTRATION"}
        answer = integrator.post("/v1/subscriptions", asked)
        if answer.status_code != 201:  # a deployment that is not for trying things out calls no machine of ours
            expect_problem(answer, 422, "webhook-url-refused")
            return
        made = answer.json()
        receiver.secrets["/in"] = made["secret"]
        person = expect(integrator.post("/v1/persons", awa()), 201)
        _until(lambda: receiver.versions(person["id"]))
        assert receiver.versions(person["id"]) == [1]

        def recorded() -> bool:
            listed = expect(integrator.get(f"/v1/subscriptions/{made['id']}/deliveries?status=delivered"), 200)
            return receiver.got[-1][0] in {each["webhook_id"] for each in listed["items"]}

        _until(recorded)
        tag = {"If-Match": answer.headers["etag"]}
        expect(integrator.request("DELETE", f"/v1/subscriptions/{made['id']}", headers=tag), 204)


def test_a_partner_that_cannot_be_called_fetches_the_same_events(integrator: Partner) -> None:
    cursor: str | None = None
    page: dict[str, Any] = {"caught_up": False}
    while not page["caught_up"]:
        page = expect(
            integrator.get("/v1/events", params={"limit": 1000, **({"after": cursor} if cursor else {})}), 200
        )
        cursor = page["next"]
    person = expect(integrator.post("/v1/persons", awa()), 201)
    seen: list[dict[str, Any]] = []

    def told() -> bool:
        nonlocal cursor
        found = expect(integrator.get("/v1/events", params={"after": cursor, "wait": 5, "types": "person.*"}), 200)
        cursor = found["next"]
        seen.extend(each for each in found["items"] if each["subject"] == person["id"])
        return bool(seen)

    _until(told)
    (event,) = seen
    assert (event["type"], event["data"]) == ("person.registered", {"person_id": person["id"], "version": 1})


def test_nobody_subscribes_an_address_inside(integrator: Partner) -> None:
    asked = {"url": "https://169.254.169.254/latest/meta-data", "types": ["*"], "purpose": "REGISTRATION"}
    expect_problem(integrator.post("/v1/subscriptions", asked), 422, "webhook-url-refused")


def _until(came: Any) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not came():
        assert time.monotonic() < deadline
        time.sleep(0.2)
