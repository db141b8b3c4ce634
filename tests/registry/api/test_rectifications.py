"""Rectifications over HTTP: the ten days, the list of what is late, and who has read what was wrong."""

from datetime import date, timedelta
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.kit import clock
from services.registry.contract.rights import RectificationBody, RectificationFigures, RectificationPage
from tests.registry.builders import TODAY
from tests.registry.conftest import EVERY_SCOPE
from tests.registry.people import codes, path_of
from tests.support.callers import bearer

WRONG: dict[str, Any] = {"fields": ["birth"], "said": "Not 1990", "wanted": "1991", "channel": "oral"}
SECOND = bearer(*EVERY_SCOPE, service="registry", sub="clerk-2", client_id="portal")
NOBODY = "01900000-0000-7000-8000-0000000000ff"


async def asked(client: httpx.AsyncClient, path: str, **changes: Any) -> dict[str, Any]:
    answer = await client.post(f"{path}/rectifications", json={**WRONG, **changes})
    assert answer.status_code == 201, answer.text
    RectificationBody.model_validate(answer.json())
    made: dict[str, Any] = answer.json()
    return made


def on(app: FastAPI, day: date) -> None:
    """Let it be another day."""
    app.dependency_overrides[clock.read_today] = lambda: day


async def test_the_answer_is_due_ten_clear_days_after_the_request(client: httpx.AsyncClient, app: FastAPI) -> None:
    path = await path_of(client)
    made = await asked(client, path)
    assert (made["state"], made["received_on"], made["due_on"]) == ("open", "2026-11-23", "2026-12-03")
    assert (made["days_left"], made["overdue"]) == (10, False)
    there = f"{path}/rectifications/{made['id']}"
    assert (await client.get(there)).json() == made
    on(app, date(2026, 12, 4))
    late = (await client.get(there)).json()
    assert (late["days_left"], late["overdue"]) == (-1, True)
    assert (await client.get(f"{path}/rectifications/{NOBODY}")).status_code == 404


async def test_a_letter_starts_the_clock_on_the_day_it_came(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    made = await asked(client, path, received_on="2026-11-10", fields=["names", "birth", "names"])
    assert (made["due_on"], made["days_left"], made["overdue"]) == ("2026-11-20", -3, True)
    assert made["fields"] == ["birth", "names"]
    future = await client.post(f"{path}/rectifications", json={**WRONG, "received_on": "2026-11-24"})
    assert (future.status_code, codes(future)[0][0]) == (422, "/received_on")


async def test_an_answer_rests_on_an_approved_change_and_names_who_has_read_her(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    reader = bearer(*EVERY_SCOPE, service="registry", organisation="ofppt", client_id="ofppt", purpose="TRAINING")
    assert (await client.get(path, headers=reader)).status_code == 200
    made = await asked(client, path)
    there = f"{path}/rectifications/{made['id']}/answer"
    change = {"birth": {"year": 1991}, "reason": made["number"]}
    request = (await client.post(f"{path}/change-requests", json=change)).json()
    answer = {"outcome": "accepted", "reasons": "The passport says so", "change_request_id": request["id"]}
    early = await client.post(there, json=answer)
    assert (early.status_code, early.json()["code"]) == (409, "change-request-not-approved")
    nobodys = await client.post(there, json={**answer, "change_request_id": NOBODY})
    assert nobodys.status_code == 404
    approved = await client.post(f"{path}/change-requests/{request['id']}/approve", json={}, headers=SECOND)
    assert approved.status_code == 200
    done = (await client.post(there, json=answer)).json()
    assert (done["state"], done["answered_on"], done["change_request_id"]) == (
        "accepted", "2026-11-23", request["id"],
    )  # fmt: skip
    assert [(one["organisation"], one["reads"], one["purposes"]) for one in done["recipients"]] == [
        ("ofppt", 1, ["TRAINING"])
    ]
    again = await client.post(there, json=answer)
    assert (again.status_code, again.json()["code"]) == (409, "rectification-answered")


@pytest.mark.parametrize("outcome", ["refused", "partly_accepted"])
async def test_who_is_not_wholly_heard_is_told_where_to_go(client: httpx.AsyncClient, outcome: str) -> None:
    path = await path_of(client)
    made = await asked(client, path)
    there = f"{path}/rectifications/{made['id']}/answer"
    assert (await client.post(there, json={"outcome": outcome})).status_code == 422
    done = (await client.post(there, json={"outcome": outcome, "reasons": "The paper says so"})).json()
    assert done["state"] == outcome
    assert "CNDP" in done["appeal"]
    assert (done["recipients"] is None) == (outcome == "refused")
    assert done["days_left"] is None


async def test_what_waits_is_listed_the_most_urgent_first(client: httpx.AsyncClient, app: FastAPI) -> None:
    paths = [await path_of(client, {"names": [{"given": given}]}) for given in ("Awa", "Binta", "Coumba")]
    days = ["2026-11-20", "2026-11-01", "2026-11-12"]
    made = [await asked(client, path, received_on=day) for path, day in zip(paths, days, strict=True)]
    answered = await asked(client, paths[0])
    body = {"outcome": "withdrawn", "reasons": "Settled"}
    await client.post(f"{paths[0]}/rectifications/{answered['id']}/answer", json=body)
    listed = RectificationPage.model_validate((await client.get("/v1/rectifications")).json())
    assert [str(one.id) for one in listed.items] == [made[1]["id"], made[2]["id"], made[0]["id"]]
    late = (await client.get("/v1/rectifications", params={"overdue": True})).json()["items"]
    assert [one["id"] for one in late] == [made[1]["id"], made[2]["id"]]
    first = (await client.get("/v1/rectifications", params={"limit": 2})).json()
    rest = (await client.get("/v1/rectifications", params={"limit": 2, "cursor": first["next"]})).json()
    assert ([one["id"] for one in rest["items"]], rest["next"]) == ([made[0]["id"]], None)
    own = {"persons": {"own": True}}
    other = bearer(*EVERY_SCOPE, service="registry", organisation="other", agreed=own)
    assert (await client.get("/v1/rectifications", headers=other)).json()["items"] == []
    refused = await client.post(
        f"{paths[1]}/oppositions",
        json={"recipient": "ofppt", "purposes": ["TRAINING"], "grounds": "Mine", "channel": "oral"},
    )
    assert refused.status_code == 201
    shut_out = bearer(*EVERY_SCOPE, service="registry", organisation="ofppt", client_id="ofppt", purpose="TRAINING")
    seen = (await client.get("/v1/rectifications", headers=shut_out)).json()["items"]
    assert [one["id"] for one in seen] == [made[2]["id"], made[0]["id"]]
    listed_of_her = (await client.get(f"{paths[0]}/rectifications", params={"limit": 1})).json()
    assert (listed_of_her["items"][0]["state"], bool(listed_of_her["next"])) == ("withdrawn", True)
    on(app, TODAY)


async def test_the_indicator_counts_what_was_answered_in_time(client: httpx.AsyncClient, app: FastAPI) -> None:
    path = await path_of(client)
    empty = RectificationFigures.model_validate((await client.get("/v1/rectifications/figures")).json())
    assert (empty.value, empty.denominator, empty.target) == (None, 0, 100)
    in_time, late, overdue = [
        await asked(client, path, received_on=day) for day in ("2026-11-20", "2026-11-02", "2026-11-03")
    ]
    await asked(client, path)
    for one in (in_time, late):
        body = {"outcome": "refused", "reasons": "The paper says so"}
        answer = await client.post(f"{path}/rectifications/{one['id']}/answer", json=body)
        assert answer.status_code == 200
    found = (await client.get("/v1/rectifications/figures")).json()
    assert (found["numerator"], found["denominator"], found["value"]) == (1, 3, 33.3)
    assert (found["requests"], found["late"], found["open"], found["overdue"]) == (4, 1, 1, 1)
    assert overdue["overdue"]
    span = {"since": "2026-11-20", "until": "2026-11-20"}
    assert (await client.get("/v1/rectifications/figures", params=span)).json()["value"] == 100.0
    on(app, TODAY + timedelta(days=30))
    assert (await client.get("/v1/rectifications/figures")).json()["overdue"] == 2
