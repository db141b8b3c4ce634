"""Retention: what has been kept for too long is found, proposed by one, confirmed by another, and erased."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from services.kit.database import Database
from services.registry.clients.sealed_blobs import SealedBlobs
from services.registry.domain.erasures import cut_off
from tests.registry.api.test_erasures import blobs, run, second
from tests.registry.people import MONONYM, register
from tests.support.callers import bearer

__all__ = ["blobs"]
PROPOSALS = "/v1/retention/proposals"


async def aged(database: Database, person: str, recorded_on: str) -> None:
    """Let a person be heard of for the last time on a day."""
    async with database.sessions.begin() as session:
        moved = "UPDATE person SET recorded_at = CAST(:at AS date), created_at = CAST(:at AS date) WHERE id = :id"
        await session.execute(text(moved), {"at": date.fromisoformat(recorded_on), "id": person})


async def test_who_was_not_heard_of_for_five_years_is_due_unless_a_title_runs_on(
    client: httpx.AsyncClient, database: Database
) -> None:
    gone, late, titled = (await register(client, MONONYM))["id"], (await register(client, MONONYM))["id"], None
    titled = (await register(client))["id"]
    await aged(database, gone, "2021-11-22")
    await aged(database, late, "2021-11-24")
    await aged(database, titled, "2015-01-01")
    found = (await client.get("/v1/retention/due")).json()
    assert (found["data_class"], found["months"], found["before"]) == ("REGISTRY", 60, "2021-11-23")
    assert found["items"] == [{"person_id": gone, "last_contact_on": "2021-11-22", "held": False}]


async def test_two_people_erase_what_is_due_and_a_held_person_stays(
    client: httpx.AsyncClient, database: Database, blobs: SealedBlobs
) -> None:
    people = [(await register(client, MONONYM))["id"] for _ in range(4)]
    held, back, *others = people
    for person in people:
        await aged(database, person, "2019-01-01")
    await client.post(f"/v1/persons/{held}/holds", json={"reason": "AUDIT"})
    made = await client.post(PROPOSALS, json={"data_class": "REGISTRY"})
    assert made.status_code == 201, made.text
    assert (made.json()["due"], made.json()["held"], made.json()["state"]) == (3, 1, "proposed")
    path = f"{PROPOSALS}/{made.json()['id']}"
    assert (await client.post(f"{path}/confirm", json={})).status_code == 409
    await aged(database, back, "2026-11-01")  # heard of again, between the two steps
    confirmed = await client.post(f"{path}/confirm", json={}, headers=second())
    assert confirmed.status_code == 202, confirmed.text
    assert await run(database, blobs, confirmed.json()["job_id"]) == {"state": "done", "erased": 2}
    assert [(await client.get(f"/v1/persons/{person}")).status_code for person in (held, back, *others)] == [
        200, 200, 404, 404,
    ]  # fmt: skip
    assert (await client.get(path)).json()["state"] == "done"
    assert {one["reason"] for one in (await client.get("/v1/erasures?state=erased")).json()["items"]} == {"RETENTION"}


async def test_nothing_due_is_said_and_a_proposal_can_be_withdrawn(
    client: httpx.AsyncClient, database: Database
) -> None:
    nothing = await client.post(PROPOSALS, json={})
    assert (nothing.status_code, nothing.json()["type"]) == (409, "/problems/nothing-due")
    await aged(database, (await register(client, MONONYM))["id"], "2019-01-01")
    made = (await client.post(PROPOSALS, json={})).json()
    path = f"{PROPOSALS}/{made['id']}"
    assert (await client.post(f"{path}/withdraw", json={})).json()["state"] == "withdrawn"
    for verb in ("withdraw", "confirm"):
        closed = await client.post(f"{path}/{verb}", json={}, headers=second())
        assert (closed.status_code, closed.json()["type"]) == (409, "/problems/erasure-closed")
    assert [one["id"] for one in (await client.get(PROPOSALS)).json()["items"]] == [made["id"]]


async def test_lists_go_on_where_they_ended(client: httpx.AsyncClient, database: Database) -> None:
    people = [(await register(client, MONONYM))["id"] for _ in range(3)]
    for person in people:
        await aged(database, person, "2019-01-01")
        await client.post(f"/v1/persons/{person}/erasure", json={"reason": "UNLAWFUL"})
        await client.post(PROPOSALS, json={})
        await client.post(f"/v1/persons/{people[0]}/holds", json={"reason": "OTHER"})
    for path in ("/v1/retention/due", "/v1/erasures", PROPOSALS, f"/v1/persons/{people[0]}/holds"):
        seen, query = [], "limit=2"
        while True:
            page = (await client.get(f"{path}?{query}")).json()
            seen += [str(one) for one in page["items"]]
            if page["next"] is None:
                break
            query = f"limit=2&cursor={page['next']}"
        assert len(seen) == len(set(seen)) == 3, path


async def test_an_organisation_with_its_own_rows_sees_and_erases_its_own(
    client: httpx.AsyncClient, database: Database
) -> None:
    await aged(database, (await register(client, MONONYM))["id"], "2019-01-01")
    made = (await client.post(PROPOSALS, json={})).json()
    scopes = ("persons:read", "persons:write")
    own = bearer(*scopes, service="registry", organisation="another", agreed={"persons": {"own": True}})
    assert (await client.get("/v1/retention/due", headers=own)).json()["items"] == []
    assert (await client.post(PROPOSALS, json={}, headers=own)).status_code == 409
    for method, path in (("GET", ""), ("POST", "/confirm"), ("POST", "/withdraw")):
        sent: dict[str, Any] = {"json": {}} if method == "POST" else {}
        answer = await client.request(method, f"{PROPOSALS}/{made['id']}{path}", headers=own, **sent)
        assert answer.status_code == 404


@given(st.dates(date(1950, 1, 1), date(2150, 12, 31)), st.integers(0, 240))
def test_the_cut_off_lies_so_many_months_back_and_never_later_in_its_month(today: date, months: int) -> None:
    found = cut_off(today, months)
    assert (today.year * 12 + today.month) - (found.year * 12 + found.month) == months
    assert found.day <= today.day
    assert found.day == today.day or (found.day >= 28 and today.day > found.day)
