"""Relationships and representatives over HTTP."""

from typing import Any

import httpx
import pytest

from services.registry.contract.links import RelationshipList, RepresentativeList
from tests.registry.families import Family, as_, someone


@pytest.fixture
async def family(client: httpx.AsyncClient) -> Family:
    """Three in one household."""
    return await Family(client).settle()


async def relate(client: httpx.AsyncClient, one: str, kind: str, other: str, **more: Any) -> httpx.Response:
    """Say what another is to one."""
    return await client.post(f"/v1/persons/{one}/relationships", json={"kind": kind, "person_id": other, **more})


async def links(client: httpx.AsyncClient, one: str, **options: Any) -> list[tuple[str, str]]:
    """Return what others are to one."""
    answer = await client.get(f"/v1/persons/{one}/relationships", **options)
    RelationshipList.model_validate(answer.json())
    return [(item["kind"], item["person_id"]) for item in answer.json()["items"]]


async def test_a_link_is_one_row_read_from_both_ends(client: httpx.AsyncClient, family: Family) -> None:
    for kind, inverse in (
        ("CHILD", "PARENT"), ("WARD", "GUARDIAN"), ("MAKFUL", "KAFIL"), ("SPOUSE", "SPOUSE"), ("SIBLING", "SIBLING"),
    ):  # fmt: skip
        made = await relate(client, family.she, kind, family.he, proven=True)
        assert made.status_code == 201, made.text
        assert (await links(client, family.she))[-1] == (kind, family.he)
        assert (await links(client, family.he))[-1] == (inverse, family.she)
    twice = await relate(client, family.he, "SPOUSE", family.she)
    assert (twice.status_code, twice.json()["code"]) == (409, "relationship-overlap")
    facts = (await client.get(f"/v1/persons/{family.she}/facts")).json()
    assert {link["kind"] for link in facts["links"]} == {"CHILD", "WARD", "MAKFUL", "SPOUSE", "SIBLING"}
    assert family.he in facts["withheld"]["sees"]


async def test_a_link_is_corrected_and_taken_back(client: httpx.AsyncClient, family: Family) -> None:
    made = await relate(client, family.she, "SPOUSE", family.he, valid_from="2015-01-01")
    path, tag = f"/v1/persons/{family.she}/relationships/{made.json()['id']}", made.headers["etag"]
    before = (await client.get(f"/v1/persons/{family.she}")).json()["recorded_at"]
    assert (await client.patch(path, json={"valid_to": "2026-10-01"}, headers={"if-match": '"v1"'})).status_code == 412
    ended = await client.patch(path, json={"valid_to": "2026-10-01"}, headers={"if-match": tag})
    assert (ended.status_code, ended.json()["valid_to"], ended.json()["id"]) == (200, "2026-10-01", made.json()["id"])
    same = await client.patch(path, json={"valid_to": "2026-10-01"}, headers={"if-match": ended.headers["etag"]})
    assert same.headers["etag"] == ended.headers["etag"]
    share = await client.patch(path, json={"share": 5}, headers={"if-match": ended.headers["etag"]})
    assert (share.status_code, share.json()["code"]) == (422, "custody-share")
    assert await links(client, family.she, params={"as_of": "2026-11-01"}) == []
    assert await links(client, family.she, params={"as_of": "2026-11-01", "known_at": before}) == [
        ("SPOUSE", family.he)
    ]
    assert (await client.post(f"{path}/retraction", json={"reason": "Another family"})).status_code == 200
    assert await links(client, family.he) == []
    assert (await client.post(f"{path}/retraction", json={"reason": "Again"})).status_code == 404


async def test_what_no_link_can_be_is_refused(client: httpx.AsyncClient, family: Family) -> None:
    for kind, other, more, status, code in (
        ("SPOUSE", family.she, {}, 422, "relationship-with-oneself"),
        ("CHILD", family.child, {"share": 50}, 422, "custody-share"),
        ("CUSTODIAN", family.he, {}, 422, "custody-share"),
        ("CHILD", "01900000-0000-7000-8000-0000000000ff", {}, 404, "not-found"),
        ("CHILD", family.child, {"valid_from": "2026-02-01", "valid_to": "2026-01-01"}, 422, "invalid-input"),
    ):
        answer = await relate(client, family.she, kind, other, **more)
        assert (answer.status_code, answer.json()["code"]) == (status, code), kind


async def test_custody_is_shared_up_to_the_whole(client: httpx.AsyncClient, family: Family) -> None:
    mother = await relate(client, family.child, "CUSTODIAN", family.she, share=60, valid_from="2026-01-01")
    assert mother.status_code == 201
    over = await relate(client, family.child, "CUSTODIAN", family.he, share=50)
    assert (over.status_code, over.json()["code"]) == (409, "custody-overfull")
    assert (await relate(client, family.he, "IN_CUSTODY", family.child, share=40)).status_code == 201
    path, tag = f"/v1/persons/{family.child}/relationships/{mother.json()['id']}", '"v4"'
    more = await client.patch(path, json={"share": 70}, headers={"if-match": tag})
    assert (more.status_code, more.json()["code"]) == (409, "custody-overfull"), more.text
    less = await client.patch(path, json={"share": 30}, headers={"if-match": tag})
    assert (less.status_code, less.json()["share"]) == (200, 30)


async def test_across_a_barrier_only_her_record_moves(client: httpx.AsyncClient, family: Family) -> None:
    wed = await relate(client, family.she, "SPOUSE", family.he)
    await family.split()
    his = (await client.get(f"/v1/persons/{family.he}")).json()["version"]
    hers = (await client.get(f"/v1/persons/{family.she}")).json()["version"]
    path = f"/v1/persons/{family.she}/relationships/{wed.json()['id']}"
    divorced = await client.patch(path, json={"valid_to": "2026-11-01"}, headers={"if-match": f'"v{hers}"'})
    assert divorced.status_code == 200
    assert (await client.get(f"/v1/persons/{family.he}")).json()["version"] == his
    side = as_(acting_for=family.he)
    assert await links(client, family.he, headers=side) == []
    there = f"/v1/persons/{family.he}/relationships/{wed.json()['id']}"
    refused = await client.patch(there, json={"proven": True}, headers={**side, "if-match": f'"v{his}"'})
    assert refused.status_code == 404
    assert (await client.post(f"{there}/retraction", json={"reason": "No"}, headers=side)).status_code == 404
    assert (await client.get(f"/v1/persons/{family.he}/facts")).json()["links"] == []


async def test_representatives_come_and_go(client: httpx.AsyncClient, family: Family) -> None:
    path = f"/v1/persons/{family.he}/representatives"
    lawyer = {"capacity": "LAWYER", "organisation": "cabinet-b", "subject": "account-1"}
    made = await client.post(path, json=lawyer)
    assert made.status_code == 201, made.text
    RepresentativeList.model_validate((await client.get(path)).json())
    for body, status, code in (
        (lawyer, 409, "representative-twice"),
        ({"capacity": "PROXY"}, 422, "representative-unclear"),
        ({"capacity": "PROXY", "representative_id": family.he}, 422, "representative-unclear"),
        ({"capacity": "PROXY", "representative_id": family.she, "subject": "x"}, 422, "representative-unclear"),
        ({**lawyer, "valid_from": "2026-02-01", "valid_to": "2026-01-01"}, 422, "invalid-input"),
    ):
        answer = await client.post(path, json=body)
        assert (answer.status_code, answer.json()["code"]) == (status, code), body
    end = f"{path}/{made.json()['id']}/end"
    ended = await client.post(end, json={"on": "2026-12-31"})
    assert (ended.status_code, ended.json()["items"][0]["valid_to"]) == (200, "2026-12-31")
    sooner = await client.post(end, json={"on": "2026-11-01"})
    assert (sooner.status_code, sooner.json()["items"]) == (200, [])
    assert (await client.post(end, json={"on": "2026-11-01"})).status_code == 404
    assert (await client.get(path)).json()["items"] == []


async def test_a_representative_withheld_from_the_caller_is_not_listed(
    client: httpx.AsyncClient, family: Family
) -> None:
    path = f"/v1/persons/{family.he}/representatives"
    made = await client.post(path, json={"capacity": "FAMILY", "representative_id": family.she})
    await family.split()
    side = as_(acting_for=family.he)
    assert (await client.get(path, headers=side)).json()["items"] == []
    end = await client.post(f"{path}/{made.json()['id']}/end", json={"on": "2026-11-23"}, headers=side)
    assert end.status_code == 404


async def test_twenty_represent_at_a_time(client: httpx.AsyncClient) -> None:
    path = f"/v1/persons/{await someone(client, 'Ali')}/representatives"
    for place in range(21):
        answer = await client.post(path, json={"capacity": "PROXY", "subject": f"account-{place}"})
    assert (answer.status_code, answer.json()["code"]) == (409, "too-many-representatives")
