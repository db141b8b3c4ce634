"""Identifiers, permits, statuses and addresses over HTTP."""

import asyncio
from typing import Any

import httpx
import pytest

from services.registry.contract.lists import AddressList, IdentifierList, LegalStatusList, PermitList
from tests.registry.people import MONONYM, codes, path_of

TABLES = {
    "identifiers": ({"system": "IDCS", "value": "0123456789"}, IdentifierList),
    "permits": ({"type": "RECEPISSE", "number": "R-99"}, PermitList),
    "legal-statuses": ({"code": "REFUGEE_UNHCR_MANDATE", "valid_from": "2020-01-01"}, LegalStatusList),
    "addresses": ({"region": "04", "unit": "MA-RAB"}, AddressList),
}


@pytest.mark.parametrize("kind", TABLES)
async def test_a_part_is_added_listed_and_read(client: httpx.AsyncClient, kind: str) -> None:
    path = await path_of(client)
    body, shape = TABLES[kind]
    made = await client.post(f"{path}/{kind}", json=body)
    assert made.status_code == 201, made.text
    assert made.headers["etag"] == '"v2"'
    part = made.json()
    assert {name: part[name] for name in body} == body
    one = await client.get(made.headers["location"])
    assert one.json() == {name: value for name, value in part.items() if name != "meta"}
    listed = await client.get(f"{path}/{kind}")
    shape.model_validate(listed.json())
    assert part["id"] in {item["id"] for item in listed.json()["items"]}
    assert listed.json()["next"] is None


@pytest.mark.parametrize("kind", TABLES)
async def test_a_part_of_nobody_is_404(client: httpx.AsyncClient, kind: str) -> None:
    path = await path_of(client)
    nobody = "/v1/persons/01900000-0000-7000-8000-0000000000ff"
    assert (await client.post(f"{nobody}/{kind}", json=TABLES[kind][0])).status_code == 404
    assert (await client.get(f"{nobody}/{kind}")).status_code == 404
    assert (await client.get(f"{path}/{kind}/01900000-0000-7000-8000-0000000000ff")).status_code == 404


async def test_an_identifier_that_somebody_holds_is_refused(client: httpx.AsyncClient) -> None:
    first = await path_of(client)
    second = await path_of(client, MONONYM)
    for path in (first, second):
        answer = await client.post(
            f"{path}/identifiers", json={"system": "PASSPORT", "value": "A-1234567", "issuer": "gin"}
        )
        assert (answer.status_code, codes(answer)) == (409, [("/value", "identifier_in_use")])
    permit = await client.post(f"{second}/permits", json={"type": "CR", "number": "c350356a"})
    assert (permit.status_code, codes(permit)) == (409, [("/number", "identifier_in_use")])


async def test_of_two_persons_who_race_for_a_number_one_wins(client: httpx.AsyncClient) -> None:
    paths = [await path_of(client, MONONYM) for _ in range(5)]
    body = {"system": "MASSAR", "value": "K123456789"}
    answers = await asyncio.gather(*(client.post(f"{path}/identifiers", json=body) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409, 409]


async def test_a_title_is_renewed_under_its_number_and_never_overlaps_itself(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    renewed = {"type": "REG3", "number": "C350356A", "valid_from": "2027-04-26", "valid_to": "2030-04-25"}
    assert (await client.post(f"{path}/permits", json=renewed)).status_code == 201
    again = await client.post(f"{path}/permits", json={**renewed, "valid_from": "2029-01-01"})
    assert (again.status_code, again.json()["code"]) == (409, "period-overlap")
    assert codes(again) == [("/valid_from", "period_overlap")]
    person = (await client.get(path)).json()
    assert [permit["valid_from"] for permit in person["permits"]] == ["2024-04-25", "2027-04-26"]
    assert sum(one["system"] == "PERMIT" for one in person["identifiers"]) == 1


async def test_two_statuses_may_run_at_once_but_not_the_same_twice(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    assert (await client.post(f"{path}/legal-statuses", json={"code": "REFUGEE_UNHCR_MANDATE"})).status_code == 201
    same = await client.post(f"{path}/legal-statuses", json={"code": "REGULARISED_2017", "valid_from": "2020-01-01"})
    assert (same.status_code, same.json()["code"]) == (409, "period-overlap")
    on_a_day = await client.get(f"{path}/legal-statuses", params={"as_of": "2016-01-01"})
    assert [item["code"] for item in on_a_day.json()["items"]] == ["REFUGEE_UNHCR_MANDATE"]


async def test_of_equal_statuses_that_race_one_is_added(client: httpx.AsyncClient) -> None:
    path = await path_of(client, MONONYM)
    body = {"code": "IRREGULAR", "valid_from": "2020-01-01"}
    answers = await asyncio.gather(*(client.post(f"{path}/legal-statuses", json=body) for _ in range(6)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 5


async def test_moving_ends_the_former_address(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    moved = await client.post(f"{path}/addresses", json={"unit": "MA-RAB", "valid_from": "2026-06-01"})
    assert moved.json()["region"] == "04"
    items = (await client.get(f"{path}/addresses")).json()["items"]
    assert [(item["unit"], item["valid_from"], item["valid_to"]) for item in items] == [
        ("MA-CAS", None, "2026-05-31"),
        ("MA-RAB", "2026-06-01", None),
    ]
    assert (await client.get(path)).json()["address"]["unit"] == "MA-RAB"
    assert (await client.get(path, params={"as_of": "2026-05-31"})).json()["address"]["unit"] == "MA-CAS"
    today = await client.post(f"{path}/addresses", json={"region": "01"})
    assert today.json()["valid_from"] == "2026-11-23"
    early = await client.post(f"{path}/addresses", json={"region": "02", "valid_from": "2026-01-01"})
    assert (early.status_code, early.json()["code"]) == (409, "period-overlap")


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("identifiers", {"system": "LIBRARY", "value": "1"}, [("/system", "unknown-code")]),
        ("identifiers", {"system": "PASSPORT", "value": "--"}, [("/value", "identifier-empty")]),
        (
            "identifiers",
            {"system": "PASSPORT", "value": "A7654321", "issued_on": "2026-02-01", "expires_on": "2026-01-01"},
            [("/expires_on", "period-reversed")],
        ),
        ("permits", {"type": "REG9"}, [("/type", "unknown-code")]),
        (
            "permits",
            {"type": "CR", "valid_from": "2026-01-02", "valid_to": "2026-01-01"},
            [("/valid_to", "period-reversed")],
        ),
        ("permits", {"type": "CR", "valid_from": "2026-02-30"}, [("/valid_from", "date_impossible")]),
        ("legal-statuses", {"code": "REGULARISED_2031"}, [("/code", "unknown-code")]),
        ("legal-statuses", {}, [("/code", "missing")]),
        ("addresses", {}, [("", "address-empty")]),
        ("addresses", {"region": "99"}, [("/region", "unknown-code")]),
        ("addresses", {"region": "06", "unit": "MA-RAB"}, [("/unit", "unit-outside-region")]),
        (
            "addresses",
            {"region": "06", "valid_from": "2026-01-02", "valid_to": "2026-01-01"},
            [("/valid_to", "period-reversed")],
        ),
        ("addresses", {"region": "06", "since": "2026"}, [("/since", "extra_forbidden")]),
    ],
)
async def test_an_impossible_part_is_refused(
    client: httpx.AsyncClient, kind: str, body: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await client.post(f"{await path_of(client, MONONYM)}/{kind}", json=body)
    assert answer.status_code == 422, answer.text
    assert codes(answer) == expected


async def test_an_odd_part_is_stored_with_a_warning(client: httpx.AsyncClient) -> None:
    body = {"type": "REG1", "number": "12/34", "valid_from": "2024-01-01", "valid_to": "2034-01-01"}
    answer = await client.post(f"{await path_of(client, MONONYM)}/permits", json=body)
    assert answer.status_code == 201
    assert [(one["pointer"], one["code"]) for one in answer.json()["meta"]["warnings"]] == [
        ("/number", "format-unusual"),
        ("/valid_to", "length-unusual"),
    ]


async def test_many_additions_at_once_make_as_many_versions(client: httpx.AsyncClient) -> None:
    path = await path_of(client, MONONYM)
    answers = await asyncio.gather(
        *(client.post(f"{path}/identifiers", json={"system": "CNSS", "value": f"12345678{n}"}) for n in range(8))
    )
    assert sorted(answer.headers["etag"] for answer in answers) == [f'"v{version}"' for version in range(2, 10)]
    history = (await client.get(f"{path}/history")).json()["items"]
    assert [entry["version"] for entry in history] == list(range(9, 0, -1))
