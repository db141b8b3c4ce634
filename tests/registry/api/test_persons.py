"""Register, read and amend persons over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.kit.database import Database
from services.registry.contract.persons import PersonBody
from services.registry.domain.programme_numbers import read_number
from services.registry.store.driver import driver
from services.stack.stores import Store
from tests.registry.people import AWA, MONONYM, codes, path_of, register
from tests.support.callers import bearer


async def test_a_person_is_registered_and_read_as_she_was_sent(client: httpx.AsyncClient) -> None:
    made = await client.post("/v1/persons", json=AWA)
    assert made.status_code == 201
    assert made.headers["etag"] == '"v1"'
    person = made.json()
    assert made.headers["location"] == f"/v1/persons/{person['id']}"
    assert read_number(person["programme_number"]) == person["programme_number"]
    assert person["meta"] == {"warnings": []}
    read = await client.get(made.headers["location"])
    assert read.status_code == 200
    assert read.headers["etag"] == '"v1"'
    assert {**read.json(), "meta": {"warnings": []}} == person
    for name in ("sex", "birth_place", "nationalities", "mother_name", "languages", "school_level"):
        assert person[name] == AWA[name]
    assert person["birth"]["earliest"] == person["birth"]["latest"] == "1990-05-12"
    assert [name["script"] for name in person["names"]] == ["Latn", "Arab"]
    assert person["contacts"][0]["normalised"] == "+212651303462"
    assert person["address"]["unit"] == "MA-CAS"
    assert {(one["system"], one["value"]) for one in person["identifiers"]} == {
        ("PASSPORT", "A1234567"),
        ("PERMIT", "C350356A"),
    }
    assert person["permits"][0]["valid_to"] == "2027-04-25"
    assert person["legal_statuses"][0]["code"] == "REGULARISED_2017"
    assert person["household"] is None


async def test_what_is_sent_has_the_published_shape(client: httpx.AsyncClient) -> None:
    for body in (AWA, MONONYM):
        person = await register(client, body)
        PersonBody.model_validate(person)
        read = (await client.get(f"/v1/persons/{person['id']}")).json()
        assert set(read) == set(PersonBody.model_fields) - {"meta"}


async def test_one_name_is_enough(client: httpx.AsyncClient) -> None:
    person = await register(client, MONONYM)
    assert person["names"][0]["family"] is None
    assert person["birth"]["precision"] == "unknown"
    assert (person["sex"], person["nationalities"], person["address"]) == ("UNKNOWN", [], None)


@pytest.mark.parametrize(
    ("birth", "precision", "earliest", "latest"),
    [
        ({"year": 1990}, "year", "1990-01-01", "1990-12-31"),
        ({"year": 1990, "month": 2}, "month", "1990-02-01", "1990-02-28"),
        ({"declared_as": "né vers 1988"}, "circa", "1986-01-01", "1990-12-31"),
        ({"year": 1988, "precision": "circa", "circa_plus_minus": 1}, "circa", "1987-01-01", "1989-12-31"),
        ({"year": 1990, "month": 1, "day": 1}, "day", "1990-01-01", "1990-01-01"),
        ({}, "unknown", None, None),
    ],
)
async def test_an_imprecise_birth_stays_imprecise(
    client: httpx.AsyncClient, birth: dict[str, Any], precision: str, earliest: str | None, latest: str | None
) -> None:
    person = await register(client, MONONYM, birth=birth)
    shown = person["birth"]
    assert (shown["precision"], shown["earliest"], shown["latest"]) == (precision, earliest, latest)
    assert shown["suspect_default"] == (birth.get("day") == 1)


async def test_odd_values_are_stored_with_a_warning(client: httpx.AsyncClient) -> None:
    person = await register(
        client,
        MONONYM,
        contacts=[{"kind": "phone", "value": "12345"}],
        identifiers=[{"system": "IDCS", "value": "12-34"}],
        birth={"year": 2018},
        legal_status={"code": "REGULARISED_2014", "valid_from": "2013-01-01"},
    )
    found = [(warning["pointer"], warning["code"]) for warning in person["meta"]["warnings"]]
    assert sorted(found) == [
        ("/contacts/0/value", "phone-unusual"),
        ("/identifiers/0/value", "format-unusual"),
        ("/legal_status/valid_from", "before-birth"),
        ("/legal_status/valid_from", "not-in-force-then"),
    ]
    assert all(warning["detail"] for warning in person["meta"]["warnings"])
    assert person["contacts"][0]["normalised"] is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"names": [{"kind": "legal"}]}, [("/names/0", "name-missing")]),
        ({"names": [{"given": "Awa", "script": "Arab"}]}, [("/names/0", "script-does-not-match")]),
        ({"birth": {"year": 1990, "month": 2, "day": 30}}, [("/birth", "date-impossible")]),
        ({"birth": {"year": 1990, "day": 3}}, [("/birth", "date-parts-do-not-match-precision")]),
        ({"birth": {"year": 2031}}, [("/birth", "date-in-future")]),
        ({"birth": {"declared_as": "soon"}}, [("/birth/declared_as", "date-format")]),
        ({"nationalities": ["SEN", "ZZZ"]}, [("/nationalities/1", "unknown-code")]),
        ({"nationalities": ["Congolais"]}, [("/nationalities/0", "nationality-ambiguous")]),
        ({"nationalities": ["SEN", "Sénégal"]}, [("/nationalities/1", "repeated-item")]),
        ({"languages": ["tlh"]}, [("/languages/0", "unknown-code")]),
        ({"school_level": "BAC+5"}, [("/school_level", "unknown-code")]),
        ({"deceased_on": "2026-12-01"}, [("/deceased_on", "date-in-future")]),
        ({"address": {"region": "04", "unit": "MA-CAS"}}, [("/address/unit", "unit-outside-region")]),
        ({"address": {}}, [("/address", "address-empty")]),
        ({"identifiers": [{"system": "LIBRARY", "value": "1"}]}, [("/identifiers/0/system", "unknown-code")]),
        (
            {"identifiers": [{"system": "CNSS", "value": "123456789"}, {"system": "CNSS", "value": "123 456 789"}]},
            [("/identifiers/1", "repeated-item")],
        ),
        ({"legal_status": {"code": "REGULARISED_2031"}}, [("/legal_status/code", "unknown-code")]),
        (
            {"permits": [{"type": "REG3", "valid_from": "2027-01-01", "valid_to": "2024-01-01"}]},
            [("/permits/0/valid_to", "period-reversed")],
        ),
        (
            {"permits": [{"type": "REG3", "valid_from": "2024-01-01"}, {"type": "REG3", "valid_from": "2025-01-01"}]},
            [("/permits/1/valid_from", "period-overlap")],
        ),
        (
            {"sex": "Q", "names": []},
            [("/names", "too_short"), ("/sex", "enum")],
        ),
    ],
)
async def test_impossible_values_are_refused_each_with_its_pointer(
    client: httpx.AsyncClient, changes: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await client.post("/v1/persons", json={**MONONYM, **changes})
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert codes(answer) == expected


async def test_an_identifier_belongs_to_one_person(client: httpx.AsyncClient) -> None:
    await register(client)
    taken = await client.post(
        "/v1/persons", json={**MONONYM, "identifiers": [{"system": "PASSPORT", "value": "a-123 4567", "issuer": "GIN"}]}
    )
    assert (taken.status_code, taken.json()["code"]) == (409, "identifier-in-use")
    assert codes(taken) == [("/identifiers/0/value", "identifier_in_use")]
    permit = await client.post("/v1/persons", json={**MONONYM, "permits": [{"type": "CR", "number": "C350356A"}]})
    assert codes(permit) == [("/permits/0/number", "identifier_in_use")]
    assert "A1234567" not in taken.text


async def test_of_two_who_race_for_an_identifier_one_wins(client: httpx.AsyncClient) -> None:
    body = {**MONONYM, "identifiers": [{"system": "IDCS", "value": "0123456789"}, {"system": "CNSS", "value": "1"}]}
    turned = {**MONONYM, "identifiers": list(reversed(body["identifiers"]))}
    answers = await asyncio.gather(*(client.post("/v1/persons", json=one) for one in [body, turned] * 6))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 11
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"identifier-in-use"}


async def test_the_same_request_with_one_key_registers_once(client: httpx.AsyncClient) -> None:
    key = {"idempotency-key": "one-woman"}
    first, second = [await client.post("/v1/persons", json=AWA, headers=key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert second.headers["idempotent-replayed"] == "true"


async def test_a_patch_changes_what_it_names_and_nothing_else(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    patch = {"mother_name": None, "birth": {"month": None, "day": None, "precision": "year"}, "nationalities": ["SLE"]}
    answer = await client.patch(path, json=patch, headers={"if-match": '"v1"'})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"v2"'
    person = answer.json()
    assert person["mother_name"] is None
    assert (person["birth"]["precision"], person["birth"]["latest"]) == ("year", "1990-12-31")
    assert person["nationalities"] == ["SLE"]
    assert [name["family"] for name in person["names"]] == ["Diallo", "ديالو"]
    assert person["contacts"][0]["safe_to_call"] is False
    assert len(person["identifiers"]) == 2


async def test_a_patch_that_changes_nothing_makes_no_version(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    answer = await client.patch(path, json={"sex": "F"}, headers={"if-match": '"v1"'})
    assert answer.headers["etag"] == '"v1"'


async def test_a_patch_needs_the_version_it_was_made_from(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    assert (await client.patch(path, json={"sex": "M"})).status_code == 428
    assert (await client.patch(path, json={"sex": "M"}, headers={"if-match": '"v1"'})).status_code == 200
    stale = await client.patch(path, json={"sex": "X"}, headers={"if-match": '"v1"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "version-conflict")


async def test_of_patches_that_race_one_wins(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    answers = await asyncio.gather(
        *(client.patch(path, json={"birth_place": f"Ville {n}"}, headers={"if-match": '"v1"'}) for n in range(8))
    )
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({"names": None}, [("/names", "missing")]),
        ({"birth": {"month": 13}}, [("/birth/month", "less_than_equal")]),
        ({"birth": {"day": 31, "month": 2}}, [("/birth", "date-impossible")]),
        ({"identifiers": []}, [("/identifiers", "extra_forbidden")]),
        ({"nationalities": ["Guinéen"]}, [("/nationalities/0", "nationality-ambiguous")]),
        ({"version": 7}, [("/version", "extra_forbidden")]),
    ],
)
async def test_a_patch_is_checked_as_a_registration_is(
    client: httpx.AsyncClient, patch: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await client.patch(await path_of(client), json=patch, headers={"if-match": '"v1"'})
    assert answer.status_code == 422, answer.text
    assert codes(answer) == expected


async def test_nobody_there_is_404_for_reading_and_writing(client: httpx.AsyncClient) -> None:
    path = "/v1/persons/01900000-0000-7000-8000-0000000000ff"
    assert (await client.get(path)).status_code == 404
    assert (await client.get(path, params={"as_of": "2020-01-01"})).status_code == 404
    assert (await client.patch(path, json={"sex": "F"}, headers={"if-match": '"v1"'})).status_code == 404
    assert (await client.get("/v1/persons/not-an-id")).status_code == 422


async def test_an_etag_held_already_is_answered_with_304(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    held = await client.get(path, headers={"if-none-match": '"v1"'})
    assert (held.status_code, held.content, held.headers["etag"]) == (304, b"", '"v1"')
    assert (await client.get(path, headers={"if-none-match": '"v0"'})).status_code == 200


async def test_every_access_leaves_one_audit_row_without_values(
    app: FastAPI, client: httpx.AsyncClient, registry_database: Store
) -> None:
    path = await path_of(client)
    await client.get(path)
    await client.get("/v1/persons/01900000-0000-7000-8000-0000000000ff")
    await client.get(path, headers=bearer("persons:search", service="registry"))
    rows = await _audit_rows(registry_database)
    assert [(row["action"], row["outcome"], len(row["persons"])) for row in rows] == [
        ("register_person", "ok", 1),
        ("read_person", "ok", 1),
        ("read_person", "refused:not-found", 1),
        ("read_person", "refused:insufficient-scope", 0),
    ]
    assert {row["purpose"] for row in rows} == {"REGISTRATION"}
    assert path.rpartition("/")[2] not in str(rows)


async def _audit_rows(store: Store) -> list[Any]:
    owner = Database(store.owner_url, pool_size=2)
    try:
        async with owner.sessions() as session:
            return list(await (await driver(session)).fetch("SELECT * FROM audit_record ORDER BY at"))
    finally:
        await owner.close()
