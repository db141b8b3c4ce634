"""Where each field of a person comes from, and who verified it; and where she lived by the map of the day."""

from typing import Any

import httpx

from tests.registry.people import AWA, MONONYM, codes, path_of, register
from tests.support.callers import bearer

SEEN = {"source": "PASSPORT", "method": "ORIGINAL_SEEN", "verified_by": "Office 7", "verified_on": "2026-11-20"}


async def origins(client: httpx.AsyncClient, path: str) -> dict[str, dict[str, Any]]:
    answer = await client.get(f"{path}/provenance")
    assert answer.status_code == 200, answer.text
    return {entry["field"]: entry for entry in answer.json()["fields"]}


async def test_each_field_names_the_record_it_comes_from(client: httpx.AsyncClient) -> None:
    path = await path_of(client, {**AWA, "provenance": {"source": "DECLARED", "method": "INTERVIEW"}})
    await client.patch(path, json={"birth_place": "Conakry", "provenance": SEEN}, headers={"if-match": '"v1"'})
    found = await origins(client, path)
    assert found["names"]["operation"] == "register_person"
    assert (found["names"]["source"], found["names"]["method"]) == ("DECLARED", "INTERVIEW")
    place = found["birth_place"]
    assert (place["operation"], place["version"], place["source"]) == ("amend_person", 2, "PASSPORT")
    assert (place["verified_by"], place["verified_on"]) == ("Office 7", "2026-11-20")
    assert found["names"]["verified_on"] is None
    assert "father_name" not in found
    assert found["birth_place"]["record_id"] != found["names"]["record_id"]


async def test_a_birth_says_what_it_was_read_in(client: httpx.AsyncClient) -> None:
    birth = {"year": 1990, "month": 1, "day": 1, "source": "MEDICAL_ESTIMATE"}
    person = await register(client, MONONYM, birth=birth, provenance={"source": "DECLARED"})
    assert person["birth"]["source"] == "MEDICAL_ESTIMATE"
    found = await origins(client, f"/v1/persons/{person['id']}")
    assert (found["birth"]["source"], found["names"]["source"]) == ("MEDICAL_ESTIMATE", "DECLARED")


async def test_a_verification_speaks_of_the_value_as_it_was(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    body = {"fields": ["birth", "sex"], "version": 1, "source": "CIVIL_REGISTER", "method": "REGISTER_CHECKED"}
    made = await client.post(f"{path}/verifications", json={**body, "verified_on": "2026-11-22"})
    assert made.status_code == 201, made.text
    found = {entry["field"]: entry for entry in made.json()["fields"]}
    assert found["birth"]["operation"] == "register_person"
    assert (found["birth"]["source"], found["birth"]["verified_on"]) == ("CIVIL_REGISTER", "2026-11-22")
    assert found["birth"]["verified_by"]
    assert found["names"]["verified_by"] is None
    amended = await client.patch(path, json={"sex": "X"}, headers={"if-match": '"v2"'})
    assert amended.status_code == 200, amended.text
    found = await origins(client, path)
    assert (found["sex"]["operation"], found["sex"]["verified_by"]) == ("amend_person", None)
    assert found["birth"]["verified_on"] == "2026-11-22"


async def test_what_cannot_be_verified_is_refused(client: httpx.AsyncClient) -> None:
    path = await path_of(client, MONONYM)
    body = {"fields": ["names"], "version": 1, "source": "PASSPORT", "method": "COPY_SEEN", "verified_on": "2026-11-22"}
    for changes, expected in (
        ({"fields": ["names", "birth"]}, (409, [("/fields/1", "nothing_known")])),
        ({"verified_on": "2026-12-24"}, (422, [("/verified_on", "verified-in-future")])),
        ({"version": 7}, (412, [])),
    ):
        refused = await client.post(f"{path}/verifications", json={**body, **changes})
        assert (refused.status_code, codes(refused)) == expected, refused.text
    half = await client.post("/v1/persons", json={**MONONYM, "provenance": {"verified_by": "Office 7"}})
    assert codes(half) == [("/provenance", "verification-incomplete")]


async def test_a_partner_sees_and_verifies_the_fields_of_its_agreement(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    agreed = {"persons": {"fields": ["names", "sex"]}}
    client.headers.update(bearer("persons:read", "persons:write", service="registry", agreed=agreed))
    assert set(await origins(client, path)) == {"names", "sex"}
    body = {"version": 1, "source": "PASSPORT", "method": "COPY_SEEN", "verified_on": "2026-11-22"}
    refused = await client.post(f"{path}/verifications", json={**body, "fields": ["names", "birth"]})
    assert (refused.status_code, codes(refused)) == (403, [("/fields/1", "field_not_agreed")])
    assert (await client.post(f"{path}/verifications", json={**body, "fields": ["names"]})).status_code == 201


async def test_an_address_before_2015_may_name_a_region_of_its_time(client: httpx.AsyncClient) -> None:
    path = await path_of(client, MONONYM)
    old = {"region": "08", "scheme": "MA-1997", "valid_from": "2009-01-01", "valid_to": "2014-12-31"}
    made = await client.post(f"{path}/addresses", json=old)
    assert made.status_code == 201, made.text
    assert {name: made.json()[name] for name in old} == old
    person = (await client.get(path, params={"as_of": "2012-01-01"})).json()
    assert (person["address"]["region"], person["address"]["scheme"]) == ("08", "MA-1997")
    kept = await client.patch(
        made.headers["location"], json={"commune": "Anfa"}, headers={"if-match": made.headers["etag"]}
    )
    assert (kept.json()["scheme"], kept.json()["commune"]) == ("MA-1997", "Anfa"), kept.text


async def test_the_two_maps_are_never_mixed(client: httpx.AsyncClient) -> None:
    path = await path_of(client, MONONYM)
    before = {"valid_from": "2009-01-01", "valid_to": "2014-12-31"}
    for body, expected in (
        ({"region": "08", **before}, ("/scheme", "scheme-missing")),
        ({"region": "08", "scheme": "MA-1997", "valid_from": "2009-01-01"}, ("/scheme", "scheme-not-in-force")),
        ({"region": "13", "valid_from": "2020-01-01"}, ("/region", "unknown-code")),
        ({"region": "17", "scheme": "MA-1997", **before}, ("/region", "unknown-code")),
        ({"unit": "MA-CAS", "scheme": "MA-1997", **before}, ("/unit", "unit-outside-scheme")),
    ):
        refused = await client.post(f"{path}/addresses", json=body)
        assert (refused.status_code, codes(refused)) == (422, [expected]), refused.text
    assert (await client.post(f"{path}/addresses", json={"commune": "Rabat", **before})).status_code == 201


async def test_the_former_regions_are_a_list_of_their_own(client: httpx.AsyncClient) -> None:
    present = (await client.get("/v1/reference/regions")).json()["items"]
    former = (await client.get("/v1/reference/former-regions")).json()["items"]
    assert (len(present), len(former)) == (12, 16)
    assert {row["scheme"] for row in present} == {"MA-2015"}
    assert {row["scheme"] for row in former} == {"MA-1997"}
