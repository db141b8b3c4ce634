"""Search over HTTP."""

from typing import Any

import httpx
import pytest

from services.registry.contract.persons import SearchResult
from tests.registry.people import AWA, MONONYM, codes, register

PEOPLE: list[dict[str, Any]] = [
    AWA,
    {
        "names": [{"family": "Jallow", "given": "Momodou"}],
        "birth": {"declared_as": "vers 1985"},
        "nationalities": ["GMB"],
        "address": {"region": "04"},
    },
    {"names": [{"family": "Diallo", "given": "Mamadou"}], "birth": {"year": 1992}, "nationalities": ["GIN"]},
    {"names": [{"as_written": "N'Diaye Fatou"}], "birth": {"year": 1999}, "nationalities": ["SEN"]},
    {"names": [{"given": "عبد الرحمن", "family": "الهادي"}], "birth": {"year": 2000}, "nationalities": ["SDN"]},
    {"names": [{"given": "Jean-Baptiste", "family": "Mendy"}], "birth": {}, "nationalities": []},
]


@pytest.fixture
async def people(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    """Six people, registered."""
    return [await register(client, body) for body in PEOPLE]


async def found(client: httpx.AsyncClient, **criteria: Any) -> list[dict[str, Any]]:
    answer = await client.post("/v1/persons/search", json=criteria)
    assert answer.status_code == 200, answer.text
    SearchResult.model_validate(answer.json())
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"name": "Awa Diallo", "birth_year": 1990}, [0]),
        ({"name": "diallo hawa", "nationality": "Guinée"}, [0]),
        ({"name": "حواء ديالو", "region": "MA-06"}, [0]),
        ({"name": "Mamadou Diallo", "birth_year": 1992}, [2]),
        ({"name": "Mohamed Jallow", "birth_year": 1986}, [1]),
        ({"name": "Diallo", "nationality": "GIN"}, [0, 2]),
        ({"name": "NDiaye Fatou", "birth_year": 1999}, [3]),
        ({"name": "Fatou N Diaye", "nationality": "SEN"}, [3]),
        ({"name": "Abdourahmane Hadi", "birth_year": 2000}, [4]),
        ({"name": "Jean Baptiste Mendy", "birth_year": 1970}, [5]),
        ({"name": "Jeanbaptiste Mendy", "region": "01"}, [5]),
        ({"name": "Awa Diallo", "birth_year": 1991}, []),
        ({"name": "Kwame Nkrumah", "nationality": "GIN"}, []),
        ({"name": "Иванов", "nationality": "GIN"}, []),
        ({"phone": "+212 651303462", "birth_year": 1990}, [0]),
        ({"phone": "0651303462", "name": "Awa"}, [0]),
        ({"identifier": "a 1234567"}, [0]),
        ({"identifier": {"system": "PASSPORT", "value": "A1234567"}}, [0]),
        ({"identifier": {"system": "CNIE", "value": "A1234567"}}, []),
        ({"identifier": "C350356A", "name": "Nobody"}, [0]),
        ({"identifier": "Z0000000"}, []),
    ],
)
async def test_a_person_is_found_in_every_spelling_and_script(
    client: httpx.AsyncClient, people: list[dict[str, Any]], criteria: dict[str, Any], expected: list[int]
) -> None:
    ids = [people[place]["id"] for place in expected]
    hits = await found(client, **criteria)
    assert sorted(hit["person_id"] for hit in hits) == sorted(ids)
    assert all(0 <= hit["score"] <= 1 for hit in hits)


async def test_a_programme_number_finds_its_bearer(client: httpx.AsyncClient, people: list[dict[str, Any]]) -> None:
    number = people[2]["programme_number"]
    (hit,) = await found(client, programme_number=number.lower().replace("-", " "))
    assert (hit["person_id"], hit["score"], hit["matched"]) == (people[2]["id"], 1.0, ["programme_number"])


async def test_the_best_comes_first_and_the_limit_holds(
    client: httpx.AsyncClient, people: list[dict[str, Any]]
) -> None:
    hits = await found(client, name="Mamadou Diallo", nationality="GIN")
    assert [hit["person_id"] for hit in hits] == [people[2]["id"]]
    both = await found(client, name="Diallo", nationality="GIN")
    assert [hit["score"] for hit in both] == sorted((hit["score"] for hit in both), reverse=True)
    assert len(await found(client, name="Diallo", nationality="GIN", limit=1)) == 1


async def test_a_person_is_found_by_what_is_known_now(client: httpx.AsyncClient) -> None:
    person = await register(client)
    patch = {"names": [{"family": "Traoré", "given": "Awa"}], "contacts": []}
    await client.patch(f"/v1/persons/{person['id']}", json=patch, headers={"if-match": '"v1"'})
    assert await found(client, name="Awa Diallo", birth_year=1990) == []
    assert await found(client, phone="0651303462", birth_year=1990) == []
    assert len(await found(client, name="Tarawally Hawa", birth_year=1990)) == 1


@pytest.mark.parametrize(
    "criteria",
    [{}, {"name": "Diallo"}, {"birth_year": 1990, "nationality": "GIN", "region": "06"}, {"phone": "0651303462"}],
)
async def test_a_search_that_would_list_the_register_is_refused(
    client: httpx.AsyncClient, criteria: dict[str, Any]
) -> None:
    answer = await client.post("/v1/persons/search", json=criteria)
    assert (answer.status_code, answer.json()["code"]) == (422, "too-few-criteria")


@pytest.mark.parametrize(
    ("criteria", "expected"),
    [
        ({"name": "Awa", "nationality": "Congolais"}, [("/nationality", "nationality-ambiguous")]),
        ({"name": "Awa", "region": "99"}, [("/region", "unknown-code")]),
        ({"name": "Awa", "phone": "12"}, [("/phone", "phone-unusual")]),
        ({"programme_number": "MIG-2026-000001-0"}, [("/programme_number", "check-character-wrong")]),
        ({"identifier": "---"}, [("/identifier", "identifier-empty")]),
        ({"name": "Awa", "birth_year": 1700}, [("/birth_year", "greater_than_equal")]),
        ({"name": "Awa", "birth_year": 1990, "limit": 51}, [("/limit", "less_than_equal")]),
        ({"name": "Awa", "age": 3}, [("/age", "extra_forbidden")]),
    ],
)
async def test_a_criterion_that_cannot_be_is_refused(
    client: httpx.AsyncClient, criteria: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    answer = await client.post("/v1/persons/search", json=criteria)
    assert answer.status_code == 422
    assert codes(answer) == expected


async def test_two_holders_of_one_text_in_two_systems_are_both_shown(client: httpx.AsyncClient) -> None:
    for system in ("PASSPORT", "CNIE"):
        await register(client, MONONYM, identifiers=[{"system": system, "value": "AB12345"}])
    assert len(await found(client, identifier="AB12345")) == 2


async def test_a_year_may_be_off_by_a_margin(client: httpx.AsyncClient) -> None:
    await client.post("/v1/persons", json={"names": [{"family": "Diallo", "given": "Awa"}], "birth": {"year": 1990}})
    asked = {"name": "Awa Diallo", "birth_year": 1992}
    for margin, found in ((None, 0), (1, 0), (2, 1)):
        answer = await client.post("/v1/persons/search", json={**asked, "birth_year_margin": margin})
        assert len(answer.json()["items"]) == found
    assert (await client.post("/v1/persons/search", json={**asked, "birth_year_margin": 6})).status_code == 422
