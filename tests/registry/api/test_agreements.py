"""What agreements hold back in the register: fields, and rows of other organisations."""

from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.registry.conftest import EVERY_SCOPE
from tests.registry.people import AWA, codes, register
from tests.support.callers import bearer

SCOPES = EVERY_SCOPE
ABSENT = "01900000-0000-7000-8000-0000000000ff"
COLLECTIONS = {
    "identifiers": "identifiers",
    "permits": "permits",
    "legal-statuses": "legal_statuses",
    "addresses": "address",
}


def agreed(*fields: str, **options: Any) -> dict[str, str]:
    """Return a caller to whom some fields of persons are agreed."""
    shares = {"persons": {"fields": list(fields)}, "changes": {}, "imports": {}}
    return bearer(*SCOPES, service="registry", agreed=shares, **options)


def own(organisation: str) -> dict[str, str]:
    """Return a caller who sees her organisation's own persons alone."""
    shares: dict[str, Any] = {"persons": {"own": True}, "changes": {}, "imports": {}, "facts": {}}
    return bearer(*SCOPES, service="registry", organisation=organisation, client_id=organisation, agreed=shares)


@pytest.mark.parametrize("query", ["", "?as_of=2026-01-01", "?known_at=2099-01-01T00:00:00Z"])
async def test_a_person_is_shown_by_agreed_fields_on_every_way(client: httpx.AsyncClient, query: str) -> None:
    person = await register(client)
    answer = await client.get(f"/v1/persons/{person['id']}{query}", headers=agreed("names", "birth"))
    body = answer.json()
    assert set(body) == {"id", "programme_number", "version", "names", "birth", "meta"}
    redacted = {one["field"] for one in body["meta"]["redactions"]}
    assert redacted == set(person) - set(body) - {"meta"}
    assert answer.headers["etag"] not in {'"v1"', ""}
    text = answer.text
    assert not any(value in text for value in ("651303462", "A1234567", "C350356A", "Fatoumata", "REGULARISED"))


async def test_a_view_that_is_held_is_not_sent_again(client: httpx.AsyncClient) -> None:
    path = f"/v1/persons/{(await register(client))['id']}"
    headers = agreed("names")
    held = (await client.get(path, headers=headers)).headers["etag"]
    assert (await client.get(path, headers={**headers, "if-none-match": held})).status_code == 304
    assert (await client.get(path, headers={**headers, "if-none-match": '"v1"'})).status_code == 200
    assert (await client.get(path, headers={"if-none-match": held})).status_code == 200
    assert (await client.get(path, headers={"if-none-match": '"v1"'})).status_code == 304


async def test_a_write_answers_with_agreed_fields_alone(client: httpx.AsyncClient) -> None:
    headers = agreed("names", "contacts")
    odd = {"names": [{"given": "Awa"}], "contacts": [{"kind": "phone", "value": "12"}]}
    made = await client.post("/v1/persons", json=odd, headers=headers)
    assert made.status_code == 201, made.text
    assert set(made.json()) == {"id", "programme_number", "version", "names", "contacts", "meta"}
    assert [one["pointer"] for one in made.json()["meta"]["warnings"]] == ["/contacts/0/value"]
    held = made.headers["etag"]
    path = f"/v1/persons/{made.json()['id']}"
    names_only = agreed("names")
    patch = {"names": [{"given": "Hawa"}]}
    amended = await client.patch(path, json=patch, headers={**names_only, "if-match": held})
    assert amended.status_code == 200
    assert amended.json()["meta"].get("warnings") == []  # the contact that is odd is none of this caller's business


@pytest.mark.parametrize("member", ["contacts", "identifiers", "permits", "legal_status", "address", "mother_name"])
async def test_a_field_that_is_not_agreed_is_not_written(client: httpx.AsyncClient, member: str) -> None:
    body = {"names": AWA["names"], member: AWA[member]}
    answer = await client.post("/v1/persons", json=body, headers=agreed("names"))
    assert (answer.status_code, codes(answer)) == (403, [(f"/{member}", "field_not_agreed")])
    assert (await client.get("/v1/changes")).json()["items"] == []


@pytest.mark.parametrize(("collection", "field"), COLLECTIONS.items())
async def test_a_collection_is_one_field(client: httpx.AsyncClient, collection: str, field: str) -> None:
    path = f"/v1/persons/{(await register(client))['id']}/{collection}"
    part = (await client.get(path, headers=agreed(field))).json()["items"][0]
    assert (await client.get(f"{path}/{part['id']}", headers=agreed(field))).json() == part
    for refused in (
        await client.get(path, headers=agreed("names")),
        await client.get(f"{path}/{part['id']}", headers=agreed("names")),
        await client.post(path, json={}, headers=agreed("names")),
    ):
        assert (refused.status_code, refused.json()["code"]) == (403, "field-not-agreed")


@pytest.mark.parametrize(
    ("criterion", "field"),
    [
        ({"phone": "0651303462"}, "contacts"),
        ({"identifier": "A1234567"}, "identifiers"),
        ({"identifier": {"system": "PASSPORT", "value": "A1234567"}}, "identifiers"),
        ({"nationality": "GIN"}, "nationalities"),
        ({"birth_year": 1990}, "birth"),
        ({"region": "06"}, "address"),
    ],
)
async def test_a_criterion_is_no_oracle(client: httpx.AsyncClient, criterion: dict[str, Any], field: str) -> None:
    await register(client)
    question = {"name": "Awa Diallo", "birth_year": 1990, **criterion}
    needed = {"names", "birth"} | {field}
    asked = await client.post("/v1/persons/search", json=question, headers=agreed(*needed))
    [hit] = asked.json()["items"]
    assert hit["names"]
    assert ("region" in hit) == ("address" in needed)
    refused = await client.post("/v1/persons/search", json=question, headers=agreed(*needed - {field}))
    assert (refused.status_code, codes(refused)) == (403, [(f"/{next(iter(criterion))}", "field_not_agreed")])


async def test_a_history_tells_of_agreed_fields_alone(client: httpx.AsyncClient) -> None:
    person = await register(client)
    path = f"/v1/persons/{person['id']}/history"
    assert (await client.get(path, headers=agreed("names"))).status_code == 403
    body = (await client.get(path, headers=agreed("names", "birth", "history"))).json()
    told = {change["field"] for entry in body["items"] for change in entry["changes"]}
    assert told == {
        "names",
        "birth_year",
        "birth_month",
        "birth_day",
        "birth_precision",
        "birth_earliest",
        "birth_latest",
    }
    assert body["meta"]["redactions"] == [{"field": "changes", "reason": "not_in_agreement"}]
    whole = (await client.get(path)).json()
    assert "organisation" not in {change["field"] for entry in whole["items"] for change in entry["changes"]}


@pytest.mark.parametrize("resource", ["imports", "persons"])
async def test_a_file_fills_agreed_fields_alone(client: httpx.AsyncClient, resource: str) -> None:
    shares: dict[str, Any] = {"imports": {}, "persons": {}, resource: {"fields": ["names", "sex"]}}
    headers = bearer(*SCOPES, service="registry", agreed=shares) | {"content-type": "text/csv"}
    refused = await client.post(
        "/v1/imports", content=b"row_id,given,phone,sex,region\n1,Awa,0651303462,F,06\n", headers=headers
    )
    assert (refused.status_code, codes(refused)) == (
        403,
        [("/header/3", "field_not_agreed"), ("/header/5", "field_not_agreed")],
    )
    taken = await client.post("/v1/imports", content=b"row_id,given,sex\n1,Awa,F\n", headers=headers)
    assert taken.status_code == 202, taken.text


async def test_a_file_fills_what_both_agreements_give(client: httpx.AsyncClient) -> None:
    shares = {"imports": {"fields": ["names", "sex"]}, "persons": {"fields": ["names", "birth"]}}
    headers = bearer(*SCOPES, service="registry", agreed=shares) | {"content-type": "text/csv"}
    for column, status in (("given", 202), ("sex", 403), ("birth", 403)):
        answer = await client.post("/v1/imports", content=f"row_id,{column}\n1,F\n".encode(), headers=headers)
        assert answer.status_code == status, column


async def told(
    client: httpx.AsyncClient, method: str, path: str, headers: dict[str, str], **more: Any
) -> tuple[int, Any]:
    answer = await client.request(method, path, headers=headers, **more)
    body = {name: value for name, value in answer.json().items() if name != "instance"}
    return answer.status_code, body


async def test_a_stranger_and_nobody_are_the_same(client: httpx.AsyncClient) -> None:
    mine, other = own("mdm"), own("alcs")
    person = (await client.post("/v1/persons", json=AWA, headers=mine)).json()
    collections = [f"/{name}" for name in COLLECTIONS]
    for suffix in ("", "?as_of=2026-01-01", "?known_at=2099-01-01T00:00:00Z", "/history", "/facts", *collections):
        assert (await client.get(f"/v1/persons/{person['id']}{suffix}", headers=mine)).status_code == 200, suffix
        of_stranger = await told(client, "GET", f"/v1/persons/{person['id']}{suffix}", other)
        assert of_stranger == await told(client, "GET", f"/v1/persons/{ABSENT}{suffix}", other)
        assert of_stranger[0] == 404
    writes: list[tuple[str, str, Any]] = [("PATCH", "", {"sex": "M"}), ("PATCH", "", {"names": []})]
    writes += [("POST", suffix, body) for suffix in collections for body in ({}, {"system": "CIN", "value": "A1"})]
    for method, suffix, body in writes:
        headers = {**other, "if-match": '"v1"', "idempotency-key": str(uuid4())}
        of_stranger = await told(client, method, f"/v1/persons/{person['id']}{suffix}", headers, json=body)
        assert of_stranger == await told(client, method, f"/v1/persons/{ABSENT}{suffix}", headers, json=body)
        assert of_stranger[0] in {404, 422}, of_stranger
    assert (await client.get(f"/v1/persons/{person['id']}")).json()["version"] == 1


async def test_whoever_amends_a_person_does_not_make_her_his_own(client: httpx.AsyncClient) -> None:
    person = (await client.post("/v1/persons", json=AWA, headers=own("mdm"))).json()
    path = f"/v1/persons/{person['id']}"
    assert (await client.patch(path, json={"sex": "X"}, headers={"if-match": '"v1"'})).status_code == 200
    assert (await client.get(path, headers=own("mdm"))).json()["sex"] == "X"
    assert (await client.get(path, headers=own("prefecture-rabat"))).status_code == 404
    assert (await client.get(f"{path}?known_at=2099-01-01T00:00:00Z", headers=own("mdm"))).status_code == 200


async def test_the_feed_tells_of_ones_own_persons_whoever_changed_them(client: httpx.AsyncClient) -> None:
    person = (await client.post("/v1/persons", json=AWA, headers=own("mdm"))).json()
    await client.post("/v1/persons", json={"names": [{"given": "Soumaoro"}]}, headers=own("alcs"))
    await client.patch(f"/v1/persons/{person['id']}", json={"sex": "X"}, headers={"if-match": '"v1"'})
    feed = (await client.get("/v1/changes", headers=own("mdm"))).json()["items"]
    assert [(one["person_id"], one["version"]) for one in feed] == [(person["id"], 1), (person["id"], 2)]
    assert len((await client.get("/v1/changes")).json()["items"]) == 3
    shares: dict[str, Any] = {"changes": {"own": True}, "persons": {}}
    narrow = bearer("changes:read", service="registry", organisation="alcs", agreed=shares)
    assert len((await client.get("/v1/changes", headers=narrow)).json()["items"]) == 1


async def test_without_an_agreement_on_persons_the_short_way_is_closed_too(client: httpx.AsyncClient) -> None:
    person = await register(client)
    headers = bearer("persons:read", service="registry", agreed={"coverage": {}})
    answer = await client.get(f"/v1/persons/{person['id']}", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "resource-not-agreed")
