"""Households over HTTP: founding, members, dissolution."""

from typing import Any

import httpx
import pytest

from services.registry.contract.households import HouseholdRecord, MemberList
from tests.registry.families import Family, as_, found, members, someone
from tests.registry.people import codes

NOBODY = "01900000-0000-7000-8000-0000000000ff"


@pytest.fixture
async def family(client: httpx.AsyncClient) -> Family:
    """Three in one household."""
    return await Family(client).settle()


async def test_a_household_is_founded_and_read(client: httpx.AsyncClient, family: Family) -> None:
    answer = await client.get(f"/v1/households/{family.home}")
    HouseholdRecord.model_validate(answer.json())
    assert (answer.headers["etag"], answer.json()["dissolved_on"]) == ('"v1"', None)
    listed = await client.get(f"/v1/households/{family.home}/members")
    MemberList.model_validate(listed.json())
    assert listed.json()["items"][0]["role"] == "HEAD"
    assert await members(client, family.home) == {
        family.he: ("HEAD", "2026-11-23", None),
        family.she: ("SPOUSE", "2026-11-23", None),
        family.child: ("CHILD", "2026-11-23", None),
    }
    person = (await client.get(f"/v1/persons/{family.she}")).json()
    assert (person["household"], person["version"]) == ({"id": family.home, "role": "SPOUSE"}, 2)


async def test_two_heads_and_a_name_twice_are_refused(client: httpx.AsyncClient) -> None:
    one, other = await someone(client, "Ali"), await someone(client, "Bilal")
    heads = [{"person_id": who, "role": "HEAD"} for who in (one, other)]
    refused = await client.post("/v1/households", json={"members": heads})
    assert (refused.status_code, refused.json()["code"], codes(refused)) == (
        409, "household-has-head", [("/members/1/role", "household_has_head")],
    )  # fmt: skip
    twice = await client.post("/v1/households", json={"members": [heads[0], {"person_id": one, "role": "OTHER"}]})
    assert (twice.status_code, twice.json()["code"]) == (409, "period-overlap")
    reversed_ = {**heads[0], "valid_from": "2026-01-02", "valid_to": "2026-01-01"}
    assert (await client.post("/v1/households", json={"members": [reversed_]})).status_code == 422


async def test_nobody_joins_and_nobody_is_a_household(client: httpx.AsyncClient, family: Family) -> None:
    body = {"person_id": NOBODY, "role": "OTHER"}
    assert (await client.post("/v1/households", json={"members": [body]})).status_code == 404
    assert (await client.post(f"/v1/households/{family.home}/members", json=body)).status_code == 404
    for path in ("", "/members"):
        assert (await client.get(f"/v1/households/{NOBODY}{path}")).status_code == 404
    assert (
        await client.get(f"/v1/households/{family.home}", params={"known_at": "2020-01-01T00:00:00Z"})
    ).status_code == 404


async def test_a_member_joins_is_corrected_and_leaves(client: httpx.AsyncClient, family: Family) -> None:
    path = f"/v1/households/{family.home}/members"
    aunt = await someone(client, "Kadi")
    joined = await client.post(path, json={"person_id": aunt, "role": "CHILD", "valid_from": "2026-10-01"})
    assert (joined.status_code, joined.headers["etag"]) == (201, '"v2"'), joined.text
    again = await client.post(path, json={"person_id": aunt, "role": "OTHER"})
    assert (again.status_code, again.json()["code"]) == (409, "period-overlap")
    stale = await client.patch(f"{path}/{aunt}", json={"role": "OTHER"}, headers={"if-match": '"v1"'})
    assert stale.status_code == 412
    assert (await client.patch(f"{path}/{aunt}", json={"role": "OTHER"})).status_code == 428
    head = await client.patch(f"{path}/{aunt}", json={"role": "HEAD"}, headers={"if-match": '"v2"'})
    assert (head.status_code, head.json()["code"]) == (409, "household-has-head")
    patched = await client.patch(f"{path}/{aunt}", json={"role": "OTHER"}, headers={"if-match": '"v2"'})
    assert (patched.status_code, patched.headers["etag"], patched.json()["role"]) == (200, '"v3"', "OTHER")
    same = await client.patch(f"{path}/{aunt}", json={"role": "OTHER"}, headers={"if-match": '"v3"'})
    assert (same.status_code, same.headers["etag"]) == (200, '"v3"')
    ended = await client.post(f"{path}/{aunt}/end", json={"on": "2026-11-20"})
    assert (ended.status_code, ended.json()["items"][0]["valid_to"]) == (200, "2026-11-20")
    over = await client.post(f"{path}/{aunt}/end", json={"on": "2026-11-21"})
    assert over.status_code == 404
    assert (await client.post(f"{path}/{NOBODY}/end", json={"on": "2026-11-20"})).status_code == 404
    assert (await client.get(f"/v1/persons/{aunt}")).json()["household"] is None


async def test_what_had_not_begun_is_taken_back(client: httpx.AsyncClient, family: Family) -> None:
    path = f"/v1/households/{family.home}/members"
    uncle = await someone(client, "Sori")
    await client.post(path, json={"person_id": uncle, "role": "OTHER", "valid_from": "2026-12-01"})
    ended = await client.post(f"{path}/{uncle}/end", json={"on": "2026-11-23"})
    assert ended.json()["items"] == []
    assert uncle not in await members(client, family.home)


async def test_members_are_read_as_of_a_day_and_as_known(client: httpx.AsyncClient, family: Family) -> None:
    path = f"/v1/households/{family.home}/members"
    aunt = await someone(client, "Kadi")
    joined = await client.post(path, json={"person_id": aunt, "role": "OTHER", "valid_from": "2026-12-01"})
    assert joined.status_code == 201
    before = (await client.get(f"/v1/persons/{aunt}")).json()["recorded_at"]
    await client.patch(f"{path}/{aunt}", json={"valid_from": "2026-11-01"}, headers={"if-match": '"v2"'})
    assert aunt in await members(client, family.home, params={"as_of": "2026-11-02"})
    assert aunt not in await members(client, family.home, params={"as_of": "2026-11-02", "known_at": before})
    assert aunt in await members(client, family.home, params={"as_of": "2026-12-02", "known_at": before})


async def test_who_moves_leaves_where_she_was(client: httpx.AsyncClient, family: Family) -> None:
    aunt = await someone(client, "Kadi")
    there = await found(client, HEAD=aunt)
    body = {"person_id": family.child, "role": "CHILD", "moving": True, "valid_from": "2026-11-23"}
    answer = await client.post(f"/v1/households/{there}/members", json=body)
    assert answer.status_code == 201, answer.text
    assert family.child not in await members(client, family.home)
    assert (await client.get(f"/v1/persons/{family.child}")).json()["household"]["id"] == there
    assert (await client.get(f"/v1/households/{family.home}")).json()["version"] == 2
    third = await client.post(
        "/v1/households",
        json={"members": [{"person_id": family.she, "role": "HEAD", "valid_from": "2026-11-25"}], "moving": True},
    )
    assert third.status_code == 201
    assert (await members(client, family.home))[family.she] == ("SPOUSE", "2026-11-23", "2026-11-24")


async def test_a_household_is_dissolved_once(client: httpx.AsyncClient, family: Family) -> None:
    path = f"/v1/households/{family.home}"
    answer = await client.post(f"{path}/dissolution", json={"on": "2026-11-30", "reason": "Divorce"})
    assert (answer.status_code, answer.json()["dissolved_on"], answer.headers["etag"]) == (200, "2026-11-30", '"v2"')
    assert {days[2] for days in (await members(client, family.home)).values()} == {"2026-11-30"}
    created = answer.json()["created_at"]
    before = (await client.get(path, params={"known_at": created})).json()
    assert (before["dissolved_on"], before["dissolution"]) == (None, None)
    more: list[tuple[str, dict[str, Any]]] = [
        ("/dissolution", {"on": "2026-12-01"}),
        ("/members", {"person_id": family.he, "role": "OTHER", "valid_from": "2027-01-01"}),
        ("/split", {"leaving": [family.she], "protected": False}),
    ]
    for place, body in more:
        refused = await client.post(f"{path}{place}", json=body)
        assert (refused.status_code, refused.json()["code"]) == (409, "household-dissolved"), place
    patch = await client.patch(f"{path}/members/{family.he}", json={"role": "OTHER"}, headers={"if-match": '"v2"'})
    assert patch.json()["code"] == "household-dissolved"


async def test_a_household_holds_sixty(client: httpx.AsyncClient) -> None:
    people = [await someone(client, "Ali") for _ in range(61)]
    home = await found(client, HEAD=people[0])
    for one in people[1:]:
        answer = await client.post(f"/v1/households/{home}/members", json={"person_id": one, "role": "OTHER"})
    assert (answer.status_code, answer.json()["code"]) == (409, "household-full")


async def test_partners_with_their_own_rows_see_their_own_members(client: httpx.AsyncClient, family: Family) -> None:
    own = as_(organisation="commune-fes", agreed={"persons": {"own": True}})
    for path in ("", "/members"):
        assert (await client.get(f"/v1/households/{family.home}{path}", headers=own)).status_code == 404
    answer = await client.post("/v1/persons", json={"names": [{"given": "Fanta"}]}, headers=own)
    hers = answer.json()["id"]
    await client.post(f"/v1/households/{family.home}/members", json={"person_id": hers, "role": "OTHER"})
    assert set(await members(client, family.home, headers=own)) == {hers}
    stranger = {"person_id": family.he, "role": "HEAD"}
    assert (await client.post("/v1/households", json={"members": [stranger]}, headers=own)).status_code == 404
    body = {"leaving": [family.she], "protected": False}
    refused = await client.post(f"/v1/households/{family.home}/split", json=body, headers=own)
    assert refused.status_code == 404
    end = await client.post(
        f"/v1/households/{family.home}/members/{family.he}/end", json={"on": "2026-11-23"}, headers=own
    )
    assert end.status_code == 404


async def test_facts_tell_whom_a_head_may_ask_about(client: httpx.AsyncClient, family: Family) -> None:
    facts = (await client.get(f"/v1/persons/{family.he}/facts")).json()
    assert sorted(facts["withheld"]["sees"]) == sorted([family.she, family.child])
    assert (await client.get(f"/v1/persons/{family.child}/facts")).json()["withheld"]["sees"] == []
    told = (await client.get("/v1/changes")).json()["items"]
    last = {item["person_id"]: item["facts"] for item in told}
    assert sorted(last[family.he]["withheld"]["sees"]) == sorted([family.she, family.child])
    assert "withheld" not in last[family.child]
