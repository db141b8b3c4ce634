"""Corrections and retractions of papers, statuses and addresses over HTTP."""

from typing import Any

import httpx
import pytest

from tests.registry.people import AWA, MONONYM, codes, path_of, register

CORRECTIONS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "identifiers": ({"value": "A7654321", "issuer": None}, {"value": "A7654321", "issuer": None}),
    "permits": ({"number": "C350356B", "valid_to": "2027-04-24"}, {"number": "C350356B", "valid_to": "2027-04-24"}),
    "legal-statuses": ({"valid_to": "2026-06-30"}, {"code": "REGULARISED_2017", "valid_to": "2026-06-30"}),
    "addresses": ({"unit": "MA-MOH", "valid_from": "2020-01-01"}, {"unit": "MA-MOH", "valid_from": "2020-01-01"}),
}
NOBODY = "01900000-0000-7000-8000-0000000000ff"


async def first_of(client: httpx.AsyncClient, path: str, kind: str) -> dict[str, Any]:
    """Return the first part of a kind, without the number that a title brings with it."""
    items = (await client.get(f"{path}/{kind}")).json()["items"]
    found: dict[str, Any] = next(item for item in items if item.get("system") != "PERMIT")
    return found


@pytest.mark.parametrize("kind", CORRECTIONS)
async def test_a_correction_keeps_the_id_and_what_was_known(client: httpx.AsyncClient, kind: str) -> None:
    path = await path_of(client)
    before, (patch, expected) = await first_of(client, path, kind), CORRECTIONS[kind]
    known_then = (await client.get(path)).json()
    one = f"{path}/{kind}/{before['id']}"
    answer = await client.patch(one, json=patch, headers={"if-match": '"v1"'})
    assert answer.status_code == 200, answer.text
    assert answer.headers["etag"] == '"v2"'
    after = answer.json()
    assert {name: after[name] for name in expected} == expected
    assert after["id"] == before["id"]
    assert (await client.get(one)).json() == {name: value for name, value in after.items() if name != "meta"}
    then = {"known_at": known_then["recorded_at"]}
    assert (await client.get(one, params=then)).json() == before
    assert (await client.get(path, params=then)).json() == known_then


@pytest.mark.parametrize("kind", CORRECTIONS)
async def test_a_correction_that_changes_nothing_makes_no_version(client: httpx.AsyncClient, kind: str) -> None:
    path = await path_of(client)
    before = await first_of(client, path, kind)
    answer = await client.patch(f"{path}/{kind}/{before['id']}", json={}, headers={"if-match": '"v1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"v1"')


@pytest.mark.parametrize("kind", CORRECTIONS)
async def test_a_correction_says_which_version_it_was_made_from(client: httpx.AsyncClient, kind: str) -> None:
    path = await path_of(client)
    one = f"{path}/{kind}/{(await first_of(client, path, kind))['id']}"
    patch = CORRECTIONS[kind][0]
    assert (await client.patch(one, json=patch)).status_code == 428
    assert (await client.patch(one, json=patch, headers={"if-match": '"v9"'})).status_code == 412
    missing = f"{path}/{kind}/{NOBODY}"
    assert (await client.patch(missing, json=patch, headers={"if-match": '"v1"'})).status_code == 404


@pytest.mark.parametrize("kind", CORRECTIONS)
async def test_what_was_entered_in_error_is_taken_back_and_stays_readable(client: httpx.AsyncClient, kind: str) -> None:
    path = await path_of(client)
    before = await first_of(client, path, kind)
    known_then = (await client.get(path)).json()
    one = f"{path}/{kind}/{before['id']}"
    answer = await client.post(f"{one}/retraction", json={"reason": "Another person's"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["id"] == before["id"]
    assert (await client.get(one)).status_code == 404
    assert (await client.get(one, params={"known_at": known_then["recorded_at"]})).json() == before
    assert (await client.get(path, params={"known_at": known_then["recorded_at"]})).json() == known_then
    assert (await client.post(f"{one}/retraction", json={"reason": "Again"})).status_code == 404
    assert codes(await client.post(f"{one}/retraction", json={})) == [("/reason", "missing")]


async def test_a_number_goes_with_its_title(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    title = await first_of(client, path, "permits")
    numbers = {item["system"]: item for item in (await client.get(f"{path}/identifiers")).json()["items"]}
    alone = f"{path}/identifiers/{numbers['PERMIT']['id']}"
    refused = await client.patch(alone, json={"value": "D1"}, headers={"if-match": '"v1"'})
    assert (refused.status_code, refused.json()["code"]) == (409, "identifier-of-permit")
    taken = await client.post(f"{alone}/retraction", json={"reason": "Mistyped"})
    assert (taken.status_code, taken.json()["code"]) == (409, "identifier-of-permit")
    one = f"{path}/permits/{title['id']}"
    assert (await client.patch(one, json={"number": "D123456A"}, headers={"if-match": '"v1"'})).status_code == 200
    numbers = {item["system"]: item for item in (await client.get(f"{path}/identifiers")).json()["items"]}
    assert numbers["PERMIT"]["value"] == "D123456A"
    assert (await client.post(f"{one}/retraction", json={"reason": "Mistyped"})).status_code == 200
    assert [item["system"] for item in (await client.get(f"{path}/identifiers")).json()["items"]] == ["PASSPORT"]
    other = await register(client, MONONYM, permits=[{"type": "CR", "number": "D123456A"}])
    assert other["permits"][0]["number"] == "D123456A"


async def test_a_number_stays_while_another_title_bears_it(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    renewed = {"type": "REG3", "number": "C350356A", "valid_from": "2027-04-26", "valid_to": "2030-04-25"}
    made = (await client.post(f"{path}/permits", json=renewed)).json()
    assert (await client.post(f"{path}/permits/{made['id']}/retraction", json={"reason": "No"})).status_code == 200
    systems = [item["system"] for item in (await client.get(f"{path}/identifiers")).json()["items"]]
    assert systems == ["PASSPORT", "PERMIT"]


async def test_a_correction_never_overlaps_what_else_is_live(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    moved = (await client.post(f"{path}/addresses", json={"unit": "MA-RAB", "valid_from": "2026-06-01"})).json()
    early = {"valid_from": "2026-01-01"}
    answer = await client.patch(f"{path}/addresses/{moved['id']}", json=early, headers={"if-match": '"v2"'})
    assert (answer.status_code, codes(answer)) == (409, [("/valid_from", "period_overlap")])
    later = {"code": "REGULARISED_2017", "valid_from": "2010-01-01", "valid_to": "2012-01-01"}
    status = (await client.post(f"{path}/legal-statuses", json=later)).json()
    one = f"{path}/legal-statuses/{status['id']}"
    answer = await client.patch(one, json={"valid_to": None}, headers={"if-match": '"v3"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "period-overlap")
    title = {"type": "REG3", "number": "C350356A", "valid_from": "2027-04-26", "valid_to": "2030-04-25"}
    permit = (await client.post(f"{path}/permits", json=title)).json()
    one = f"{path}/permits/{permit['id']}"
    answer = await client.patch(one, json={"valid_from": "2027-01-01"}, headers={"if-match": '"v4"'})
    assert (answer.status_code, answer.json()["code"]) == (409, "period-overlap")


@pytest.mark.parametrize(
    ("kind", "patch", "expected"),
    [
        ("identifiers", {"value": None}, [("/value", "missing")]),
        ("identifiers", {"system": "LIBRARY"}, [("/system", "unknown-code")]),
        ("permits", {"valid_to": "2020-01-01"}, [("/valid_to", "period-reversed")]),
        ("permits", {"colour": "red"}, [("/colour", "extra_forbidden")]),
        ("legal-statuses", {"valid_to": "2010-01-01"}, [("/valid_to", "period-reversed")]),
        ("addresses", {"unit": "MA-RAB"}, [("/unit", "unit-outside-region")]),
        ("addresses", {"region": None, "unit": None, "commune": None}, [("", "address-empty")]),
        (
            "addresses",
            {"valid_from": "2026-01-02", "valid_to": "2026-01-01"},
            [("/valid_to", "period-reversed")],
        ),
    ],
)
async def test_an_impossible_correction_is_refused(
    client: httpx.AsyncClient, kind: str, patch: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    path = await path_of(client)
    one = f"{path}/{kind}/{(await first_of(client, path, kind))['id']}"
    answer = await client.patch(one, json=patch, headers={"if-match": '"v1"'})
    assert answer.status_code == 422, answer.text
    assert codes(answer) == expected


async def test_equal_passport_numbers_of_two_countries_are_two(client: httpx.AsyncClient) -> None:
    await register(client)
    other = await register(client, MONONYM, identifiers=[{"system": "PASSPORT", "value": "A-1234567", "issuer": "SEN"}])
    assert other["identifiers"][0]["issuer"] == "SEN"
    again = await client.post("/v1/persons", json=MONONYM | {"identifiers": AWA["identifiers"]})
    assert (again.status_code, again.json()["code"]) == (409, "identifier-in-use")
    spelled = [{"system": "PASSPORT", "value": "a1234567", "issuer": "Sénégal"}]
    again = await client.post("/v1/persons", json=MONONYM | {"identifiers": spelled})
    assert (again.status_code, again.json()["code"]) == (409, "identifier-in-use")


async def test_a_passport_number_without_its_country_is_never_guessed(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    unknown = [{"system": "PASSPORT", "value": "A1234567"}]
    answer = await client.post("/v1/persons", json=MONONYM | {"identifiers": unknown})
    assert (answer.status_code, answer.json()["code"]) == (409, "identifier-ambiguous")
    assert codes(answer) == [("/identifiers/0/value", "identifier_ambiguous")]
    second = await path_of(client, MONONYM | {"identifiers": [{**unknown[0], "value": "B7654321"}]})
    known = {"system": "PASSPORT", "value": "B7654321", "issuer": "MLI"}
    answer = await client.post(f"{path}/identifiers", json=known)
    assert (answer.status_code, codes(answer)) == (409, [("/value", "identifier_ambiguous")])
    passport = await first_of(client, second, "identifiers")
    one = f"{second}/identifiers/{passport['id']}"
    completed = await client.patch(one, json={"issuer": "Sénégal"}, headers={"if-match": '"v1"'})
    assert completed.status_code == 200
    assert (await client.post(f"{path}/identifiers", json=known)).status_code == 201
    clash = await client.patch(one, json={"issuer": "Mali"}, headers={"if-match": '"v2"'})
    assert (clash.status_code, clash.json()["code"]) == (409, "identifier-in-use")


async def test_systems_that_number_once_do_not_look_at_the_issuer(client: httpx.AsyncClient) -> None:
    await register(client, MONONYM, identifiers=[{"system": "CNSS", "value": "123456789", "issuer": "Rabat"}])
    other = await client.post(
        "/v1/persons", json=MONONYM | {"identifiers": [{"system": "CNSS", "value": "123456789", "issuer": "Fès"}]}
    )
    assert (other.status_code, other.json()["code"]) == (409, "identifier-in-use")
