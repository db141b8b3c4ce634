"""A household that splits: what is made at once, what does not move, and who sees nothing of it."""

import asyncio
from typing import Any

import httpx
import psycopg
import pytest

from services.registry.contract.households import SplitBody
from services.stack.stores import Store
from tests.registry.conftest import EVERY_SCOPE
from tests.registry.families import NEW_HOME, Family, as_, found, members, someone
from tests.registry.people import codes
from tests.support.callers import bearer


@pytest.fixture
async def family(client: httpx.AsyncClient) -> Family:
    """Three in one household."""
    return await Family(client).settle()


async def his_side(family: Family, headers: dict[str, str] | None = None) -> dict[str, tuple[int, Any, Any]]:
    """Return all that can be read of him and of his household, with entity tags."""
    paths = [f"/v1/persons/{family.he}{part}" for part in ("", "/history", "/relationships", "/facts", "/barriers")]
    paths += [f"/v1/households/{family.home}", f"/v1/households/{family.home}/members"]
    answers = {path: await family.client.get(path, headers=headers) for path in paths}
    return {path: (one.status_code, one.headers.get("etag"), one.json()) for path, one in answers.items()}


async def changes_of(client: httpx.AsyncClient, person: str) -> list[int]:
    """Return the versions that the feed tells of a person."""
    items = (await client.get("/v1/changes", params={"limit": 200})).json()["items"]
    return [item["version"] for item in items if item["person_id"] == person]


async def test_a_split_founds_their_household_in_one_call(client: httpx.AsyncClient, family: Family) -> None:
    made = await family.split(reason="Certificate of 20 November")
    SplitBody.model_validate(made)
    new = made["household"]["id"]
    assert await members(client, new) == {
        family.she: ("HEAD", "2026-11-23", None),
        family.child: ("CHILD", "2026-11-23", None),
    }
    assert {(one["person_id"], one["protected_from"]) for one in made["barriers"]} == {
        (family.she, family.he), (family.child, family.he),
    }  # fmt: skip
    person = (await client.get(f"/v1/persons/{family.she}")).json()
    assert (person["household"]["id"], person["version"]) == (new, 3)
    assert person["address"]["line"] == NEW_HOME["line"]
    facts = (await client.get(f"/v1/persons/{family.child}/facts")).json()
    assert facts["withheld"]["persons"] == [family.he]


async def test_nothing_of_those_who_stay_moves(client: httpx.AsyncClient, family: Family) -> None:
    before, told = await his_side(family), await changes_of(client, family.he)
    made = await family.split()
    after = await his_side(family)
    assert await changes_of(client, family.he) == told
    facts, path = f"/v1/persons/{family.he}/facts", f"/v1/households/{family.home}/members"
    for one in before.keys() - {facts, path}:
        assert (after[one][0], after[one]) == (200, before[one]), one
    assert after[facts][2]["withheld"]["sees"] == []
    assert await members(client, family.home) == {family.he: ("HEAD", "2026-11-23", None)}
    text = str(after)
    assert made["household"]["id"] not in text
    assert NEW_HOME["line"] not in text


async def test_whoever_acts_for_him_sees_nobody(client: httpx.AsyncClient, family: Family) -> None:
    lawyer = {"capacity": "LAWYER", "organisation": "cabinet-b"}
    assert (await client.post(f"/v1/persons/{family.he}/representatives", json=lawyer)).status_code == 201
    sides = [as_(acting_for=family.he), as_(organisation="cabinet-b")]
    at = (await client.get(f"/v1/persons/{family.she}")).json()["recorded_at"]
    for side in sides:
        assert set(await members(client, family.home, headers=side)) == {family.he, family.she, family.child}
    made = await family.split()
    new = made["household"]["id"]
    for side in sides:
        for path in (f"/v1/persons/{family.she}", f"/v1/persons/{family.child}", f"/v1/households/{new}"):
            assert (await client.get(path, headers=side)).status_code == 404, path
        for path in (f"/v1/persons/{family.she}/relationships", f"/v1/households/{new}/members"):
            assert (await client.get(path, headers=side)).status_code == 404, path
        for params in ({}, {"known_at": at}, {"as_of": "2026-11-23"}):
            assert set(await members(client, family.home, headers=side, params=params)) == {family.he}
        lift = await client.post(
            f"/v1/barriers/{made['barriers'][0]['id']}/lift", json={"reason": "He asks"}, headers=side
        )
        assert lift.status_code == 404
    assert set(await members(client, new, headers=as_(organisation="commune-fes"))) == {family.she, family.child}


async def test_a_representative_appointed_later_is_closed_out_at_once(
    client: httpx.AsyncClient, family: Family
) -> None:
    await family.split()
    brother = await someone(client, "Bilal")
    for body in (
        {"capacity": "LAWYER", "organisation": "cabinet-b"},
        {"capacity": "PROXY", "subject": "account-9"},
        {"capacity": "FAMILY", "representative_id": brother},
    ):
        answer = await client.post(f"/v1/persons/{family.he}/representatives", json=body)
        assert answer.status_code == 201, answer.text
    for side in (as_(organisation="cabinet-b"), as_(sub="account-9"), as_(acting_for=brother)):
        assert (await client.get(f"/v1/persons/{family.she}", headers=side)).status_code == 404
    listed = (await client.get(f"/v1/persons/{family.he}/representatives")).json()["items"]
    ended = await client.post(
        f"/v1/persons/{family.he}/representatives/{listed[0]['id']}/end", json={"on": "2026-11-23"}
    )
    assert ended.status_code == 200
    facts = (await client.get(f"/v1/persons/{family.she}/facts")).json()["withheld"]
    assert facts["persons"] == sorted([family.he, brother])
    assert {"organisation": None, "subject": "account-9", "purposes": None} in facts["callers"]


async def test_her_team_cannot_be_shut_out_by_his_side(client: httpx.AsyncClient, family: Family) -> None:
    await family.split()
    team = {"capacity": "ASSOCIATION", "organisation": "prefecture-rabat"}
    own = await client.post(f"/v1/persons/{family.he}/representatives", json=team)
    assert (own.status_code, own.json()["code"]) == (409, "on-both-sides")
    other = await client.post(
        f"/v1/persons/{family.he}/representatives", json=team, headers=as_(organisation="cabinet-b")
    )
    assert other.status_code == 201
    assert (await client.get(f"/v1/persons/{family.she}")).status_code == 200


async def test_who_acts_for_him_does_not_protect_her(client: httpx.AsyncClient, family: Family) -> None:
    mine = {"capacity": "ASSOCIATION", "organisation": "prefecture-rabat"}
    await client.post(f"/v1/persons/{family.he}/representatives", json=mine)
    body = {"leaving": [family.she], "protected": True}
    for path, asked in (
        (f"/v1/households/{family.home}/split", body),
        (f"/v1/persons/{family.she}/barriers", {"protected_from": [family.he]}),
    ):
        answer = await client.post(path, json=asked)
        assert (answer.status_code, answer.json()["code"]) == (409, "on-both-sides")


async def test_without_a_new_address_she_has_none(client: httpx.AsyncClient, family: Family) -> None:
    await family.split(address=None, leaving=[family.she])
    person = (await client.get(f"/v1/persons/{family.she}")).json()
    assert person["address"] is None
    assert (await client.get(f"/v1/persons/{family.child}")).json()["address"] is not None


async def test_an_open_split_moves_both_households(client: httpx.AsyncClient, family: Family) -> None:
    body = {"leaving": [family.she], "protected": False, "on": "2026-11-23"}
    answer = await client.post(f"/v1/households/{family.home}/split", json=body)
    assert (answer.status_code, answer.json()["barriers"]) == (201, [])
    assert (await client.get(f"/v1/households/{family.home}")).json()["version"] == 2
    assert (await client.get(f"/v1/persons/{family.he}/facts")).json()["withheld"]["sees"] == [family.child]
    assert (await client.get(f"/v1/persons/{family.she}")).json()["address"] is not None


async def test_what_a_split_cannot_be_is_refused(client: httpx.AsyncClient, family: Family) -> None:
    stranger = await someone(client, "Bilal")
    everyone = [family.he, family.she, family.child]
    cases: list[tuple[dict[str, Any], int, str]] = [
        ({"leaving": [stranger], "protected": False}, 422, "not-a-member"),
        ({"leaving": [family.she], "protected": False, "head": family.he}, 422, "not-a-member"),
        ({"leaving": everyone, "protected": False}, 409, "nobody-stays"),
        ({"leaving": [family.he], "protected": True}, 422, "barrier-to-nobody"),
        ({"leaving": [family.she], "protected": True, "protected_from": [family.she]}, 422, "barrier-to-nobody"),
        ({"leaving": [family.she], "protected": True, "on": "2026-11-24"}, 422, "invalid-input"),
        ({"leaving": [], "protected": True}, 422, "invalid-input"),
    ]
    for body, status, code in cases:
        answer = await client.post(f"/v1/households/{family.home}/split", json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    late = await client.post(f"/v1/households/{family.home}/split", json=cases[5][0])
    assert codes(late) == [("/on", "date-in-future")]
    assert (await client.get(f"/v1/persons/{family.she}")).json()["version"] == 2


async def test_who_lives_with_her_is_protected_too(client: httpx.AsyncClient, family: Family) -> None:
    made = await family.split()
    path = f"/v1/households/{made['household']['id']}/members"
    born, uncle = await someone(client, "Mariam"), await someone(client, "Sori")
    assert (await client.post(path, json={"person_id": born, "role": "CHILD"})).status_code == 201
    his = as_(acting_for=family.he)
    assert (await client.get(f"/v1/persons/{born}", headers=his)).status_code == 404
    for place, who in ((path, family.he), (f"/v1/households/{family.home}/members", family.she)):
        refused = await client.post(place, json={"person_id": who, "role": "OTHER"})
        assert (refused.status_code, refused.json()["code"]) == (409, "barrier-stands")
    sister = await found(client, HEAD=uncle)
    move = {"person_id": family.she, "role": "OTHER", "moving": True}
    assert (await client.post(f"/v1/households/{sister}/members", json=move)).status_code == 201
    assert (await client.get(f"/v1/persons/{uncle}/facts")).json()["withheld"]["persons"] == [family.he]


async def test_a_barrier_is_lifted_by_two_of_her_team(client: httpx.AsyncClient, family: Family) -> None:
    made = await family.split(leaving=[family.she])
    path = f"/v1/barriers/{made['barriers'][0]['id']}/lift"
    ada = as_(sub="ada", client_id="desk")
    early = await client.post(f"{path}/confirmation", json={}, headers=ada)
    assert (early.status_code, early.json()["code"]) == (409, "lift-not-proposed")
    proposed = await client.post(path, json={"reason": "She asks for it"}, headers=ada)
    assert (proposed.status_code, proposed.json()["lift"]["proposed_by"]) == (200, "ada")
    same = await client.post(f"{path}/confirmation", json={}, headers=ada)
    assert (same.status_code, same.json()["code"]) == (409, "second-person-required")
    foreign = as_(sub="zoe", client_id="desk", organisation="commune-fes")
    assert (await client.post(f"{path}/confirmation", json={}, headers=foreign)).status_code == 404
    lifted = await client.post(f"{path}/confirmation", json={}, headers=as_(sub="ben", client_id="desk"))
    assert (lifted.status_code, lifted.json()["lifted_by"]) == (200, "ben"), lifted.text
    again = await client.post(f"{path}/confirmation", json={}, headers=as_(sub="ben", client_id="desk"))
    assert again.status_code == 404
    facts = (await client.get(f"/v1/persons/{family.she}/facts")).json()
    assert facts["withheld"]["persons"] == []
    assert (await client.get(f"/v1/persons/{family.she}/barriers")).json()["items"] == []


async def test_a_barrier_is_placed_without_a_split(client: httpx.AsyncClient, family: Family) -> None:
    path = f"/v1/persons/{family.she}/barriers"
    placed = await client.post(path, json={"protected_from": [family.he], "reason": "Threats"})
    assert (placed.status_code, placed.json()["items"][0]["reason"]) == (201, "Threats"), placed.text
    his = as_(acting_for=family.he)
    assert set(await members(client, family.home, headers=his)) == {family.he, family.child}
    assert (await client.get(path, headers=as_(organisation="commune-fes"))).json()["items"] == []
    away, cousin = await someone(client, "Kadi"), await someone(client, "Nene")
    await found(client, HEAD=away, OTHER=cousin)
    await client.post(f"/v1/persons/{away}/barriers", json={"protected_from": [family.he]})
    assert (await client.get(f"/v1/persons/{cousin}", headers=as_(organisation="x"))).status_code == 200
    assert (await client.get(f"/v1/persons/{cousin}/facts")).json()["withheld"]["persons"] == [family.he]
    assert (await client.post(path, json={"protected_from": [family.she]})).json()["code"] == "barrier-to-nobody"
    ended = await client.post(f"/v1/households/{family.home}/members/{family.she}/end", json={"on": "2026-11-23"})
    assert ended.headers["etag"] == '"v1"', "her going moves nothing of his"


async def test_more_than_twenty_barriers_are_refused(client: httpx.AsyncClient, family: Family) -> None:
    others = [await someone(client, "Ali") for _ in range(21)]
    path = f"/v1/persons/{family.she}/barriers"
    assert (await client.post(path, json={"protected_from": others[:20]})).status_code == 201
    more = await client.post(path, json={"protected_from": others[20:]})
    assert (more.status_code, more.json()["code"]) == (409, "too-many-barriers")


async def test_the_field_of_an_agreement_holds_back_the_address(client: httpx.AsyncClient, family: Family) -> None:
    agreed = {"persons": {"fields": ["household"]}}
    narrow = bearer(*EVERY_SCOPE, service="registry", agreed=agreed)
    body = {"leaving": [family.she], "protected": True, "address": NEW_HOME}
    refused = await client.post(f"/v1/households/{family.home}/split", json=body, headers=narrow)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (403, "/address")


async def test_while_they_still_live_together_his_side_meets_no_barrier(
    client: httpx.AsyncClient, family: Family
) -> None:
    await client.post(f"/v1/persons/{family.she}/barriers", json={"protected_from": [family.he]})
    his, mother = as_(acting_for=family.he), await someone(client, "Oumou")
    path = f"/v1/households/{family.home}"
    assert (await client.get(path, headers=his)).status_code == 200
    joined = await client.post(f"{path}/members", json={"person_id": mother, "role": "OTHER"})
    assert joined.status_code == 201, joined.text
    assert (await client.get(f"/v1/persons/{mother}/facts")).json()["withheld"]["persons"] == []
    away = await client.post(f"{path}/split", json={"leaving": [family.she], "protected": True})
    assert away.status_code == 201, away.text


async def test_neither_his_access_log_nor_his_sources_tell_of_it(
    client: httpx.AsyncClient, family: Family, registry_database: Store
) -> None:
    await family.split()
    other = await Family(client).settle()
    body = {"leaving": [other.she], "protected": False, "address": NEW_HOME}
    assert (await client.post(f"/v1/households/{other.home}/split", json=body)).status_code == 201
    told = "SELECT content FROM source_record WHERE person_id = %s AND operation = 'split_household'"
    with psycopg.connect(registry_database.admin_url) as connection:
        rows = connection.execute("SELECT persons FROM audit_record WHERE action = 'split_household' ORDER BY id")
        assert [len(row[0]) for row in rows] == [2, 1], "who leaves, and nobody else"
        assert connection.execute(told, (family.he,)).fetchall() == []
        assert connection.execute(told, (other.he,)).fetchall() == [({},)]


async def test_of_two_splits_at_once_one_takes_her(client: httpx.AsyncClient, family: Family) -> None:
    body = {"leaving": [family.she], "protected": True}
    path = f"/v1/households/{family.home}/split"
    answers = await asyncio.gather(*(client.post(path, json=body) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422]
    memberships = (await client.get(f"/v1/persons/{family.she}/history")).json()["items"]
    assert len(memberships) == 3
