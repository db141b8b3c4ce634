"""What was true, what was known, and what changed."""

from typing import Any

import httpx
import pytest

from tests.registry.people import AWA, MONONYM, path_of, register


async def a_life(client: httpx.AsyncClient) -> tuple[str, list[dict[str, Any]]]:
    """Register, correct and complete a person; return her path and what was shown after each step."""
    path = await path_of(client)
    shown = [(await client.get(path)).json()]
    patch = {"names": [{"family": "Diallo", "given": "Hawa"}], "nationalities": ["SLE"]}
    assert (await client.patch(path, json=patch, headers={"if-match": '"v1"'})).status_code == 200
    shown.append((await client.get(path)).json())
    moved = {"unit": "MA-RAB", "valid_from": "2026-06-01"}
    assert (await client.post(f"{path}/addresses", json=moved)).status_code == 201
    shown.append((await client.get(path)).json())
    title = {"type": "CR", "number": "D123456A", "valid_from": "2026-01-01", "valid_to": "2036-01-01"}
    assert (await client.post(f"{path}/permits", json=title)).status_code == 201
    shown.append((await client.get(path)).json())
    return path, shown


async def test_what_was_known_is_what_was_shown_then(client: httpx.AsyncClient) -> None:
    path, shown = await a_life(client)
    for version in shown:
        then = await client.get(path, params={"known_at": version["recorded_at"]})
        assert then.headers["etag"] == f'"v{version["version"]}"'
        assert then.json() == version


async def test_before_she_was_registered_nobody_was_known(client: httpx.AsyncClient) -> None:
    path, _ = await a_life(client)
    assert (await client.get(path, params={"known_at": "2020-01-01T00:00:00Z"})).status_code == 404
    assert (await client.get(f"{path}/permits", params={"known_at": "2020-01-01T00:00:00Z"})).status_code == 404


@pytest.mark.parametrize("kind", ["permits", "addresses", "identifiers", "legal-statuses"])
async def test_lists_too_are_read_as_they_were_known(client: httpx.AsyncClient, kind: str) -> None:
    path, shown = await a_life(client)
    for version in (shown[0], shown[-1]):
        listed = await client.get(f"{path}/{kind}", params={"known_at": version["recorded_at"]})
        known = version["address"] if kind == "addresses" else version[kind.replace("-", "_")]
        items = listed.json()["items"]
        assert (known in items) if kind == "addresses" else items == known


async def test_what_was_true_leaves_out_the_rest(client: httpx.AsyncClient) -> None:
    path, _ = await a_life(client)
    then = (await client.get(path, params={"as_of": "2025-06-01"})).json()
    assert [permit["type"] for permit in then["permits"]] == ["REG3"]
    assert then["address"]["unit"] == "MA-CAS"
    before = (await client.get(path, params={"as_of": "2010-01-01"})).json()
    assert before["permits"] == before["legal_statuses"] == []
    listed = (await client.get(f"{path}/permits", params={"as_of": "2025-06-01"})).json()["items"]
    assert listed == then["permits"]


async def test_true_then_as_known_then_combine(client: httpx.AsyncClient) -> None:
    path, shown = await a_life(client)
    question = {"as_of": "2026-07-01", "known_at": shown[0]["recorded_at"]}
    then = (await client.get(path, params=question)).json()
    assert then["address"]["unit"] == "MA-CAS"
    assert then["names"][0]["given"] == AWA["names"][0]["given"]
    addresses = (await client.get(f"{path}/addresses", params=question)).json()["items"]
    assert [item["unit"] for item in addresses] == ["MA-CAS"]


@pytest.mark.parametrize("value", ["yesterday", "2026-01-01", "2026-01-01T00:00:00", "99999-01-01T00:00:00Z", ""])
async def test_an_instant_needs_its_zone(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.get(await path_of(client, MONONYM), params={"known_at": value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "?known_at"


@pytest.mark.parametrize("value", ["2026-02-30", "1990", "0001-01-01", "tomorrow"])
async def test_a_day_is_one_of_the_calendar(client: httpx.AsyncClient, value: str) -> None:
    answer = await client.get(await path_of(client, MONONYM), params={"as_of": value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "?as_of"


async def test_history_tells_what_each_version_changed(client: httpx.AsyncClient) -> None:
    path, _ = await a_life(client)
    items = (await client.get(f"{path}/history")).json()["items"]
    assert [(item["version"], item["operation"]) for item in items] == [
        (4, "add_permit"),
        (3, "add_address"),
        (2, "amend_person"),
        (1, "register_person"),
    ]
    amended = {change["field"]: change for change in items[2]["changes"]}
    assert amended["names"]["before"][0]["given"] == "Awa"
    assert amended["names"]["after"][0]["given"] == "Hawa"
    nationalities = [change for change in items[2]["changes"] if change["field"] == "nationalities"]
    assert [(change["kind"], (change["before"] or change["after"])["code"]) for change in nationalities] == [
        ("removed", "GIN"),
        ("added", "SLE"),
    ]
    moved = [change for change in items[1]["changes"] if change["field"] == "addresses"]
    assert [(change["kind"], change["valid_from"], change["valid_to"]) for change in moved] == [
        ("ended", None, "2026-05-31"),
        ("added", "2026-06-01", None),
    ]
    assert {item["organisation"] for item in items} == {"prefecture-rabat"}


async def test_history_comes_in_pages(client: httpx.AsyncClient) -> None:
    path, _ = await a_life(client)
    versions = []
    question: dict[str, Any] = {"limit": 3}
    while True:
        page = await client.get(f"{path}/history", params=question)
        versions += [item["version"] for item in page.json()["items"]]
        if page.json()["next"] is None:
            break
        assert 'rel="next"' in page.headers["link"]
        question["cursor"] = page.json()["next"]
    assert versions == [4, 3, 2, 1]
    foreign = await client.get(f"{path}/history", params={"cursor": "abc"})
    assert foreign.status_code == 422


async def test_two_persons_keep_their_histories_apart(client: httpx.AsyncClient) -> None:
    path, _ = await a_life(client)
    other = await register(client, MONONYM)
    assert len((await client.get(f"/v1/persons/{other['id']}/history")).json()["items"]) == 1
    assert len((await client.get(f"{path}/history")).json()["items"]) == 4
