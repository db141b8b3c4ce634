"""The history of a person as it is read: in words, with what papers went through, and who did it."""

from typing import Any

import httpx
from fastapi import FastAPI

from tests.registry.people import path_of
from tests.support.asgi import client_of
from tests.support.callers import bearer


async def told(client: httpx.AsyncClient, path: str) -> list[dict[str, Any]]:
    """Return the entries, newest first."""
    answer = await client.get(f"{path}/history")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_an_added_title_is_told_in_three_languages(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    title = {"type": "CR", "number": "D123456A", "valid_from": "2026-01-01", "valid_to": "2035-12-31"}
    assert (await client.post(f"{path}/permits", json=title)).status_code == 201
    [newest, _] = await told(client, path)
    [number] = [change for change in newest["changes"] if change["field"] == "identifiers"]
    [added] = [change for change in newest["changes"] if change["field"] == "permits"]
    assert added["text"] == {
        "fr": "Ajout : titre de séjour CR D123456A, du 2026-01-01 au 2035-12-31",
        "ar": "إضافة: سند الإقامة CR D123456A, من 2026-01-01 إلى 2035-12-31",
        "en": "Added: residence title CR D123456A, from 2026-01-01 to 2035-12-31",
    }
    assert (added["kind"], added["valid_from"], added["valid_to"]) == ("added", "2026-01-01", "2035-12-31")
    assert number["text"]["en"] == "Added: paper or number PERMIT D123456A"
    assert newest["by"]


async def test_corrections_ends_and_retractions_are_told_apart(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    [title] = (await client.get(f"{path}/permits")).json()["items"]
    [status] = (await client.get(f"{path}/legal-statuses")).json()["items"]
    one = f"{path}/permits/{title['id']}"
    assert (await client.patch(one, json={"number": "C350356B"}, headers={"if-match": '"v1"'})).status_code == 200
    ended = {"valid_to": "2026-06-30"}
    there = f"{path}/legal-statuses/{status['id']}"
    assert (await client.patch(there, json=ended, headers={"if-match": '"v2"'})).status_code == 200
    assert (await client.post(f"{one}/retraction", json={"reason": "Her sister's"})).status_code == 200
    retracted, closed, corrected, _ = await told(client, path)
    words = [change["text"]["en"] for change in corrected["changes"] if change["field"] == "permits"]
    assert words == [
        (
            "Corrected: residence title REG3 C350356A, from 2024-04-25 to 2027-04-25"
            " → REG3 C350356B, from 2024-04-25 to 2027-04-25"
        )
    ]
    [change] = closed["changes"]
    assert change["text"]["fr"].endswith("REGULARISED_2017, du 2017-05-01 au 2026-06-30")
    assert (change["kind"], change["text"]["en"][:20]) == ("ended", "Ended: legal status ")
    assert (retracted["operation"], retracted["reason"]) == ("retract_permit", "Her sister's")
    assert [(change["field"], change["kind"]) for change in retracted["changes"]] == [
        ("identifiers", "removed"),
        ("permits", "removed"),
    ]


async def test_a_corrected_value_is_told_before_and_after(client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    patch = {"birth_place": "Rabat", "languages": ["fr"]}
    assert (await client.patch(path, json=patch, headers={"if-match": '"v1"'})).status_code == 200
    newest = (await told(client, path))[0]
    assert {change["field"]: change["text"]["en"] for change in newest["changes"]} == {
        "birth_place": "Corrected: place of birth, Kankan → Rabat",
        "languages": "Corrected: languages",
    }
    assert newest["reason"] is None


async def test_who_sent_it_is_shown_to_its_own_organisation_alone(app: FastAPI, client: httpx.AsyncClient) -> None:
    path = await path_of(client)
    assert (await told(client, path))[0]["by"] is not None
    async with client_of(app) as other:
        other.headers.update(bearer("persons:read", service="registry", organisation="ofppt"))
        entry = (await told(other, path))[0]
    assert (entry["by"], entry["organisation"]) == (None, "prefecture-rabat")
