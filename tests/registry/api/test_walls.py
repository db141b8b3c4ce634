"""A person who is kept from a caller is nobody to her, on every way into the register."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from services.kit.database import Database
from tests.registry.conftest import EVERY_SCOPE
from tests.registry.people import AWA, register
from tests.support.callers import bearer

NOBODY = "01900000-0000-7000-8000-0000000000ff"
HIS = {**AWA, "names": [{"given": "Moussa", "family": "Traoré"}], "sex": "M", "identifiers": [], "permits": []}
SCOPES = tuple(scope for scope in EVERY_SCOPE if scope != "facts:read")
PATHS = (
    "/v1/persons/{}",
    "/v1/persons/{}?as_of=2026-01-01",
    "/v1/persons/{}/history",
    "/v1/persons/{}/identifiers",
    "/v1/persons/{}/permits",
    "/v1/persons/{}/legal-statuses",
    "/v1/persons/{}/addresses",
)
SEARCHES = ({"identifier": "A1234567"}, {"name": "Awa Diallo", "birth_year": 1990})


def caller(**claims: Any) -> dict[str, str]:
    """Return a caller who may do all that partners may."""
    return bearer(*SCOPES, service="registry", **claims)


async def placed(database: Database, table: str, **values: Any) -> None:
    """Store a row that another operation would have written."""
    names = ", ".join(values)
    marks = ", ".join(f"${place}" for place in range(1, len(values) + 1))
    await (await database.pool()).execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", *values.values())


async def protect(database: Database, her: str, him: str) -> None:
    """Place a barrier."""
    await (await database.pool()).execute(
        "INSERT INTO barrier (protected_id, from_id, organisation, placed_by, since)"
        " VALUES ($1::uuid, $2::uuid, 'team', 'agent', now())",
        her,
        him,
    )


async def represent(database: Database, him: str, *, organisation: str | None, subject: str | None) -> None:
    """Let somebody act for him."""
    await (await database.pool()).execute(
        "INSERT INTO representative (person_id, organisation, subject, capacity, valid, known, source_record_id)"
        " VALUES ($1::uuid, $2, $3, 'LAWYER', daterange('2026-01-01', NULL), tstzrange(now(), NULL), uuidv7())",
        him,
        organisation,
        subject,
    )


async def stop_sharing(database: Database, her: str, organisation: str | None, *purposes: str) -> None:
    """Stop her data from reaching an organisation."""
    await (await database.pool()).execute(
        "INSERT INTO sharing_stop (person_id, organisation, purposes, cause, cause_id, since)"
        " VALUES ($1::uuid, $2, $3, 'opposition', uuidv7(), now())",
        her,
        organisation,
        list(purposes),
    )


async def told(client: httpx.AsyncClient, person_id: str, headers: Mapping[str, str]) -> list[Any]:
    """Return what every way in says of a person, without what names the request."""
    found: list[Any] = []
    for path in PATHS:
        answer = await client.get(path.format(person_id), headers=headers)
        body = answer.json()
        found.append((path, answer.status_code, body.get("code"), body.get("detail")))
    return found


async def seen(client: httpx.AsyncClient, person_id: str, headers: Mapping[str, str]) -> bool:
    """Say whether a caller knows of a person; every way in says the same."""
    ways: set[bool] = {status == 200 for _, status, _, _ in await told(client, person_id, headers)}
    for query in SEARCHES:
        answer = await client.post("/v1/persons/search", json=query, headers=headers)
        ways.add(person_id in {hit["person_id"] for hit in answer.json()["items"]})
    changes = await client.get("/v1/changes", headers=headers)
    ways.add(person_id in {change["person_id"] for change in changes.json()["items"]})
    assert len(ways) == 1, ways
    return ways.pop()


@pytest.fixture
async def pair(client: httpx.AsyncClient) -> tuple[str, str]:
    """Return her id and his."""
    return (await register(client))["id"], (await register(client, HIS))["id"]


async def test_who_acts_for_somebody_sees_her_alone(client: httpx.AsyncClient, pair: tuple[str, str]) -> None:
    her, him = pair
    as_her, as_him = caller(acting_for=her), caller(acting_for=him)
    assert await seen(client, her, as_her)
    assert not await seen(client, her, as_him)
    assert not await seen(client, her, caller(acting_for=NOBODY))
    assert (await client.get(f"/v1/persons/{him}", headers=as_him)).status_code == 200
    assert (await client.get(f"/v1/persons/{him}", headers=as_her)).status_code == 404


@pytest.mark.parametrize(
    ("organisation", "subject", "closed"),
    [
        ("his-lawyers", None, {"organisation": "his-lawyers", "client_id": "any"}),
        (None, "his-brother", {"client_id": "his-brother"}),
    ],
)
async def test_who_represents_him_is_closed_to_her_once_a_barrier_stands(
    client: httpx.AsyncClient,
    database: Database,
    pair: tuple[str, str],
    organisation: str | None,
    subject: str | None,
    closed: dict[str, str],
) -> None:
    her, him = pair
    theirs, others = caller(**closed), caller(organisation="others", client_id="others")
    await represent(database, him, organisation=organisation, subject=subject)
    assert await seen(client, her, theirs)
    await protect(database, her, him)
    assert not await seen(client, her, theirs)
    assert await seen(client, her, others)
    nobody = await told(client, NOBODY, theirs)
    assert await told(client, her, theirs) == nobody
    assert (await client.get(f"/v1/persons/{him}", headers=theirs)).status_code == 200


async def test_a_stop_keeps_her_from_an_organisation_for_its_purposes(
    client: httpx.AsyncClient, database: Database, pair: tuple[str, str]
) -> None:
    her, _ = pair
    await stop_sharing(database, her, "school", "REGISTRATION")
    school = caller(organisation="school", client_id="school")
    assert not await seen(client, her, school)
    assert await seen(client, her, caller(organisation="school", client_id="school", purpose="PERMIT_FOLLOWUP"))
    assert await seen(client, her, caller())


async def test_writing_about_her_is_refused_like_writing_about_nobody(
    client: httpx.AsyncClient, database: Database, pair: tuple[str, str]
) -> None:
    her, him = pair
    await protect(database, her, him)
    headers = {**caller(acting_for=him), "if-match": '"v1"'}
    for path, body in (("addresses", {"region": "06"}), ("legal-statuses", {"code": "ASYLUM_SEEKER"})):
        answers = [await client.post(f"/v1/persons/{one}/{path}", json=body, headers=headers) for one in (her, NOBODY)]
        assert [answer.status_code for answer in answers] == [404, 404]
    answer = await client.patch(f"/v1/persons/{her}", json={"sex": "F"}, headers=headers)
    assert answer.status_code == 404


async def test_the_services_are_told_of_her_with_what_is_withheld(
    client: httpx.AsyncClient, database: Database, pair: tuple[str, str]
) -> None:
    her, him = pair
    await protect(database, her, him)
    feed = await client.get("/v1/changes", headers=bearer(*EVERY_SCOPE, service="registry", organisation="helpers"))
    assert her in {change["person_id"] for change in feed.json()["items"]}
    gateway = bearer("changes:read", service="registry", sub="gateway", client_id="gateway", act={"sub": "gateway"})
    assert all("withheld" in change for change in (await client.get("/v1/changes", headers=gateway)).json()["items"])


async def test_a_page_of_the_feed_is_no_shorter_for_who_is_not_on_it(
    client: httpx.AsyncClient, database: Database, pair: tuple[str, str]
) -> None:
    her, him = pair
    last = (await register(client, {**HIS, "names": [{"given": "Issa"}]}))["id"]
    await represent(database, him, organisation="his-lawyers", subject=None)
    await protect(database, her, him)
    theirs = caller(organisation="his-lawyers")
    first = (await client.get("/v1/changes?limit=1", headers=theirs)).json()
    second = (await client.get(f"/v1/changes?limit=1&after={first['next']}", headers=theirs)).json()
    assert [page["items"][0]["person_id"] for page in (first, second)] == [him, last]
