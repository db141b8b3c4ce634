"""Erasure: two people, no hold, and afterwards nobody; and it survives a restore."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.background import jobs, worker
from services.kit.database import Database
from services.registry.clients.opening import open_sealed
from services.registry.clients.sealed_blobs import SealedBlobs
from services.registry.domain.documents import key_of
from services.registry.operations.replay_erasures import replay_erasures
from services.registry.worker import erasure_tasks
from services.stack.stores import Store
from tests.registry.conftest import EVERY_SCOPE
from tests.registry.people import register
from tests.support.asgi import BLOB_KEY, settings_for
from tests.support.callers import bearer

AT = datetime(2026, 11, 24, 9, tzinfo=UTC)
WHY = {"reason": "SUBJECT_REQUEST"}
SCAN = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def second(**claims: Any) -> dict[str, str]:
    """Return the headers of somebody else."""
    return bearer(*EVERY_SCOPE, service="registry", sub="somebody-else", **claims)


@pytest.fixture
def blobs(registry_database: Store) -> SealedBlobs:
    """The registry's blob store."""
    return open_sealed(settings_for(registry_database)["blobs_url"], BLOB_KEY)


async def run(database: Database, blobs: SealedBlobs, job_id: str) -> Mapping[str, Any]:
    """Run a job as the worker does; return its result."""
    async with database.sessions() as session:
        found = await jobs.find(session, job_id)
    assert found is not None
    await worker.perform(database, job_id, erasure_tasks(blobs)[found.kind], last_attempt=True)
    async with database.sessions() as session:
        found = await jobs.find(session, job_id)
    assert found is not None
    assert found.state is jobs.JobState.SUCCEEDED, found
    return found.result or {}


async def proposed(client: httpx.AsyncClient, person: Mapping[str, Any]) -> str:
    answer = await client.post(f"/v1/persons/{person['id']}/erasure", json=WHY)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == f"/v1/erasures/{answer.json()['id']}"
    return str(answer.json()["id"])


async def erased(
    client: httpx.AsyncClient, database: Database, blobs: SealedBlobs, person: Mapping[str, Any]
) -> tuple[str, Mapping[str, Any]]:
    erasure = await proposed(client, person)
    answer = await client.post(f"/v1/erasures/{erasure}/confirm", json={}, headers=second())
    assert answer.status_code == 202, answer.text
    return erasure, await run(database, blobs, answer.json()["job_id"])


async def mentions(database: Database, *words: str) -> list[str]:
    """Return the tables whose rows say one of the words, whatever the column."""
    found = []
    async with database.sessions() as session:
        tables = await session.scalars(
            text(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE 'procrastinate%'"
                " AND tablename NOT LIKE 'audit%'"
            )
        )
        for table in list(tables):
            for word in words:
                said = f"SELECT EXISTS (SELECT FROM {table} t WHERE position(lower(:word) IN lower(t::text)) > 0)"
                if await session.scalar(text(said), {"word": word}):
                    found.append(f"{table}: {word}")
    return found


HERS = ("Diallo", "ديالو", "A1234567", "C350356A", "651303462", "Fatoumata", "Kankan", "1990-05-12")


async def test_what_two_people_erase_is_in_no_table_any_more(
    client: httpx.AsyncClient, database: Database, blobs: SealedBlobs
) -> None:
    person = await register(client)
    path = f"/v1/persons/{person['id']}"
    etag = (await client.get(path)).headers["etag"]
    changed = await client.patch(path, json={"school_level": "AUCUN"}, headers={"if-match": etag})
    assert changed.status_code == 200, changed.text
    scan = {"content-type": "application/pdf", "purpose": "REGISTRATION"}
    sent = await client.post(f"{path}/documents?type=PASSPORT", content=SCAN, headers=scan)
    assert sent.status_code == 201, sent.text
    document = UUID(sent.json()["id"])
    assert {line.partition(":")[0] for line in await mentions(database, *HERS)} >= {
        "person", "person_past", "source_record", "change", "search_entry", "identifier", "permit",
    }  # fmt: skip
    erasure, result = await erased(client, database, blobs, person)
    assert result["erased"]["person"] == 1
    assert result["documents"] == 1
    assert await mentions(database, *HERS) == []
    assert [key async for key in blobs.keys("documents") if key == key_of(document)] == []
    for gone in (path, f"{path}/history", f"{path}/identifiers", f"{path}/holds"):
        assert (await client.get(gone)).status_code == 404
    tombstone = (await client.get(f"/v1/erasures/{erasure}")).json()
    assert (tombstone["state"], tombstone["erased"]["person"]) == ("erased", 1)
    listed = (await client.get("/v1/erasures?state=erased")).json()["items"]
    assert [one["id"] for one in listed] == [erasure]


async def test_the_feed_tells_it_and_nothing_more_of_her(
    client: httpx.AsyncClient, database: Database, blobs: SealedBlobs
) -> None:
    person, other = await register(client), await register(client, {"names": [{"given": "Binta"}]})
    await erased(client, database, blobs, person)
    items = (await client.get("/v1/changes")).json()["items"]
    assert [(one["kind"], one["person_id"], one["facts"] is None) for one in items] == [
        ("person.registered", person["id"], True),
        ("person.registered", other["id"], False),
        ("person.erased", person["id"], True),
    ]


async def test_nobody_erases_alone(client: httpx.AsyncClient) -> None:
    erasure = await proposed(client, await register(client))
    answer = await client.post(f"/v1/erasures/{erasure}/confirm", json={})
    assert (answer.status_code, answer.json()["type"]) == (409, "/problems/second-person-required")


async def test_there_is_one_proposal_and_it_can_be_withdrawn(client: httpx.AsyncClient) -> None:
    person = await register(client)
    erasure = await proposed(client, person)
    again = await client.post(f"/v1/persons/{person['id']}/erasure", json=WHY)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/erasure-pending")
    assert (await client.post(f"/v1/erasures/{erasure}/withdraw", json={})).json()["state"] == "withdrawn"
    for verb in ("withdraw", "confirm"):
        closed = await client.post(f"/v1/erasures/{erasure}/{verb}", json={}, headers=second())
        assert (closed.status_code, closed.json()["type"]) == (409, "/problems/erasure-closed")
    await proposed(client, person)


async def test_a_hold_blocks_and_says_so_and_another_lifts_it(client: httpx.AsyncClient) -> None:
    person = await register(client)
    erasure, path = await proposed(client, person), f"/v1/persons/{person['id']}/holds"
    placed = await client.post(path, json={"reason": "JUDICIAL", "reference": "TPI Rabat 12/2026"})
    assert placed.status_code == 201, placed.text
    assert (await client.get(f"/v1/erasures/{erasure}")).json()["state"] == "withdrawn"
    held = await client.post(f"/v1/persons/{person['id']}/erasure", json=WHY)
    assert (held.status_code, held.json()["type"]) == (409, "/problems/held")
    lifting = f"{path}/{placed.json()['id']}/lift"
    assert (await client.post(lifting, json={})).status_code == 409
    assert (await client.post(lifting, json={}, headers=second())).json()["lifted_at"] is not None
    assert (await client.post(lifting, json={}, headers=second())).status_code == 404
    assert [one["reference"] for one in (await client.get(path)).json()["items"]] == ["TPI Rabat 12/2026"]
    await proposed(client, person)


async def test_a_hold_that_comes_before_the_job_stops_it(
    client: httpx.AsyncClient, database: Database, blobs: SealedBlobs
) -> None:
    person = await register(client)
    erasure = await proposed(client, person)
    job = (await client.post(f"/v1/erasures/{erasure}/confirm", json={}, headers=second())).json()["job_id"]
    await client.post(f"/v1/persons/{person['id']}/holds", json={"reason": "COMPLAINT"})
    assert await run(database, blobs, job) == {"state": "withdrawn"}
    assert (await client.get(f"/v1/persons/{person['id']}")).status_code == 200


async def test_a_job_that_was_killed_before_the_ledger_goes_on(
    client: httpx.AsyncClient, database: Database, blobs: SealedBlobs
) -> None:
    person = await register(client)
    await erased(client, database, blobs, person)
    entries = [key async for key in blobs.keys("erasures")]
    assert len(entries) == 1
    async with database.sessions.begin() as session:
        await session.execute(text("UPDATE erasure SET ledger_at = NULL"))
    await blobs.delete(entries[0])
    assert await replay_erasures(database, blobs, at=AT) == 0
    assert [key async for key in blobs.keys("erasures")] == entries


async def test_source_records_of_the_living_cannot_be_taken_away(client: httpx.AsyncClient, database: Database) -> None:
    person = await register(client)
    async with database.sessions() as session:
        with pytest.raises(Exception, match="source records are kept"):
            await session.execute(text("SELECT erase_source_records(CAST(:id AS uuid))"), {"id": person["id"]})


async def test_another_organisation_with_its_own_rows_knows_of_no_erasure(
    app: FastAPI, client: httpx.AsyncClient
) -> None:
    erasure = await proposed(client, await register(client))
    own = second(organisation="another", agreed={"persons": {"own": True}})
    for method, path in (
        ("GET", f"/v1/erasures/{erasure}"),
        ("POST", f"/v1/erasures/{erasure}/confirm"),
        ("POST", f"/v1/erasures/{erasure}/withdraw"),
    ):
        sent: dict[str, Any] = {"json": {}} if method == "POST" else {}
        assert (await client.request(method, path, headers=own, **sent)).status_code == 404
    assert (await client.get("/v1/erasures", headers=own)).json()["items"] == []
