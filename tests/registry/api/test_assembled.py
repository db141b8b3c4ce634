"""Whatever writes about a person, what is stored is what her source records make of her."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from services.kit.database import Database
from services.registry.store.driver import driver
from tests.registry.assembled import assembled, assert_assembled
from tests.registry.builders import row
from tests.registry.imports import file_of, run
from tests.registry.people import AWA, MONONYM, register

Write = Callable[[httpx.AsyncClient, str], Awaitable[httpx.Response]]


async def version_of(client: httpx.AsyncClient, path: str) -> dict[str, str]:
    return {"if-match": (await client.get(path)).headers["etag"]}


def post(part: str, **body: Any) -> Write:
    async def write(client: httpx.AsyncClient, path: str) -> httpx.Response:
        return await client.post(f"{path}/{part}", json=body)

    return write


def patch(**body: Any) -> Write:
    async def write(client: httpx.AsyncClient, path: str) -> httpx.Response:
        return await client.patch(path, json=body, headers=await version_of(client, path))

    return write


def first_of(part: str, method: str, suffix: str = "", **body: Any) -> Write:
    async def write(client: httpx.AsyncClient, path: str) -> httpx.Response:
        item = (await client.get(f"{path}/{part}")).json()["items"][0]
        headers = {} if method == "POST" else await version_of(client, path)
        sent: dict[str, Any] = {"json": body} if body else {}
        return await client.request(method, f"{path}/{part}/{item['id']}{suffix}", headers=headers, **sent)

    return write


async def verify(client: httpx.AsyncClient, path: str) -> httpx.Response:
    version = (await client.get(path)).json()["version"]
    told = {"source": "PASSPORT", "method": "ORIGINAL_SEEN", "verified_on": "2026-11-22"}
    return await client.post(f"{path}/verifications", json={"fields": ["names", "birth"], "version": version, **told})


WRITES: dict[str, Write] = {
    "names": patch(names=[{"kind": "married", "family": "Barry", "given": "Awa"}, *AWA["names"]]),
    "names again": patch(names=[{"as_written": "DIALLO AWA", "order_known": False}]),
    "birth": patch(birth={"month": None, "day": None, "precision": "circa", "source": "DECLARED"}),
    "sex, place, school": patch(sex="X", birth_place=None, school_level=None, father_name="Ibrahima"),
    "languages": patch(languages=["wo", "fr"]),
    "contacts": patch(contacts=[{"kind": "email", "value": "a@b.c"}, AWA["contacts"][0]]),
    "nationalities": patch(nationalities=["SEN", "NER"]),
    "confirmation": patch(nationalities_confirmed=True),
    "death": patch(deceased_on="2026-11-01"),
    "verification": verify,
    "contact added": post("contacts", kind="phone", value="0612345678", safe_hours="9-12", language="ff"),
    "contact amended": first_of("contacts", "PATCH", safe_to_call=True, code_word="mangue"),
    "contact removed": first_of("contacts", "DELETE"),
    "nationality added": post("nationalities", code="FRA", valid_from="2010-01-01", valid_to="2019-12-31"),
    "nationality corrected": first_of("nationalities", "PATCH", valid_from="2001-01-01"),
    "nationality taken back": first_of("nationalities", "POST", "/retraction", reason="Another person's"),
    "identifier": post("identifiers", system="UNHCR", value="12345C12345"),
    "permit": post("permits", type="REG1", number="C000001B", valid_from="2018-01-01", valid_to="2018-12-31"),
    "status": post("legal-statuses", code="REGULAR_OTHER", valid_from="2020-01-01"),
    "address": post("addresses", region="04", valid_from="2026-11-01"),
}

BACKWARDS = [one for one in reversed(WRITES) if not one.endswith(("removed", "taken back"))]


@pytest.mark.parametrize("writes", [*([one] for one in WRITES), list(WRITES), BACKWARDS])
async def test_what_is_stored_is_what_the_records_make(
    client: httpx.AsyncClient, database: Database, writes: list[str]
) -> None:
    person = await register(client)
    path = f"/v1/persons/{person['id']}"
    for one in writes:
        answer = await WRITES[one](client, path)
        assert answer.status_code < 400, f"{one}: {answer.text}"
        async with database.sessions() as session:
            await assert_assembled(session, person["id"])


async def test_somebody_with_one_name_is_made_of_her_records_too(client: httpx.AsyncClient, database: Database) -> None:
    person = await register(client, MONONYM)
    async with database.sessions() as session:
        await assert_assembled(session, person["id"])


async def test_an_imported_person_is_made_of_her_row_and_what_followed(
    client: httpx.AsyncClient, database: Database
) -> None:
    await run(database, file_of(row()))
    async with database.sessions() as session:
        person_id = await (await driver(session)).fetchval("SELECT id FROM person")
    for write in (WRITES["contact added"], WRITES["names again"], WRITES["verification"], WRITES["contact removed"]):
        async with database.sessions() as session:
            await assert_assembled(session, person_id)
        answer = await write(client, f"/v1/persons/{person_id}")
        assert answer.status_code < 400, answer.text
    async with database.sessions() as session:
        await assert_assembled(session, person_id)
        origins = (await assembled(session, person_id)).origins
    assert origins["birth"].record.operation == "import_persons"
    assert origins["names"].record.operation == "amend_person"
