"""Documents over HTTP: received, examined, given out, corrected, retracted."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text

from services.background import worker
from services.kit import clock
from services.kit.database import Database
from services.registry.clients.scanner import Clamd, Scanner, ScannerUnavailableError
from services.registry.operations.sweep_documents import sweep_documents
from services.registry.worker import document_tasks
from services.stack.stores import Store
from tests.registry.clients.clamd import INFECTED, running
from tests.support.asgi import BLOBS
from tests.support.callers import bearer

PDF = b"%PDF-1.7\n1 0 obj <</Type /Catalog>> endobj\n" + b"% a scan of a passport\n" * 20_000
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
AS_PDF = {"content-type": "application/pdf"}


@pytest.fixture
async def person_id(client: httpx.AsyncClient) -> str:
    made = await client.post("/v1/persons", json={"names": [{"family": "Diallo", "given": "Awa"}]})
    return str(made.json()["id"])


async def send(client: httpx.AsyncClient, person_id: str, content: bytes = PDF, **options: Any) -> httpx.Response:
    headers = {"content-type": options.pop("media_type", "application/pdf")}
    params = {"type": "PASSPORT", **options}
    return await client.post(f"/v1/persons/{person_id}/documents", content=content, headers=headers, params=params)


async def examine(app: FastAPI, scanner: Scanner | None = None, *, last_attempt: bool = True) -> int:
    """Do what the worker does with every document that waits."""
    database: Database = app.state.database
    async with database.sessions() as session:
        found = await session.execute(
            text("SELECT id FROM job WHERE kind = 'examine_document' AND state IN ('queued', 'running')")
        )
        waiting = [row[0] for row in found]
    task = document_tasks(app.state.blobs, scanner)["examine_document"]
    for job_id in waiting:
        await worker.perform(database, job_id, task, last_attempt=last_attempt)
    return len(waiting)


async def test_an_upload_waits_in_quarantine_and_is_then_given_out_as_it_was(
    app: FastAPI, client: httpx.AsyncClient, person_id: str
) -> None:
    sent = await send(client, person_id)
    assert sent.status_code == 201, sent.text
    body = sent.json()
    assert (body["state"], body["type"], body["size"], body["media_type"]) == (
        "quarantined", "PASSPORT", len(PDF), "application/pdf",
    )  # fmt: skip
    at = sent.headers["location"]
    early = await client.get(f"{at}/content")
    assert (early.status_code, early.json()["code"]) == (409, "document-not-available")
    assert await examine(app) == 1
    read = await client.get(at)
    assert (read.json()["state"], read.json()["examined_by"]) == ("available", "structure")
    content = await client.get(f"{at}/content")
    assert content.content == PDF
    assert content.headers["content-type"] == "application/pdf"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-disposition"].startswith("attachment")
    assert await examine(app) == 0
    listed = (await client.get(f"/v1/persons/{person_id}/documents")).json()
    assert [one["id"] for one in listed["items"]] == [body["id"]]


async def test_what_lies_in_the_store_is_not_readable(app: FastAPI, client: httpx.AsyncClient, person_id: str) -> None:
    await send(client, person_id)
    lying = await asyncio.to_thread(lambda: b"".join(path.read_bytes() for path in Path(BLOBS).rglob("documents/*")))
    assert lying
    assert b"a scan of a passport" not in lying


@pytest.mark.parametrize(
    ("content", "media_type", "status", "code"),
    [
        (b"", "application/pdf", 422, "document-empty"),
        (b"MZ\x90\0" + b"\0" * 500, "application/pdf", 415, "document-content-refused"),
        (b"<html><script>", "text/html", 415, "document-content-refused"),
        (PNG, "application/pdf", 415, "document-content-refused"),
        (PDF, "image/png", 415, "document-content-refused"),
        (PDF * 50, "application/pdf", 413, "document-too-large"),
    ],
)
async def test_what_is_no_paper_and_no_picture_is_refused_and_leaves_nothing(  # the rows of a table
    app: FastAPI, client: httpx.AsyncClient, person_id: str, content: bytes, media_type: str, status: int, code: str
) -> None:
    before = [key async for key in app.state.blobs.keys("documents")]
    refused = await send(client, person_id, content, media_type=media_type)
    assert (refused.status_code, refused.json()["code"]) == (status, code)
    assert (await client.get(f"/v1/persons/{person_id}/documents")).json()["items"] == []
    assert [key async for key in app.state.blobs.keys("documents")] == before


async def test_a_type_on_no_list_and_a_person_who_is_not_there_are_refused(
    app: FastAPI, client: httpx.AsyncClient, person_id: str
) -> None:
    unknown = await send(client, person_id, type="SHOPPING_LIST")
    assert (unknown.status_code, unknown.json()["code"]) == (422, "document-type-unknown")
    for path in ("", f"/{uuid4()}"):
        assert (await client.get(f"/v1/persons/{uuid4()}/documents{path}")).status_code == 404
    assert (await send(client, str(uuid4()))).status_code == 404
    assert [key async for key in app.state.blobs.keys("documents")] == []


async def test_the_same_content_again_is_the_document_that_is_there(
    client: httpx.AsyncClient, app: FastAPI, person_id: str
) -> None:
    first, second = await send(client, person_id), await send(client, person_id)
    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["id"] == first.json()["id"]
    assert len([key async for key in app.state.blobs.keys("documents")]) == 1


async def test_a_paper_that_does_something_never_leaves_quarantine(
    app: FastAPI, client: httpx.AsyncClient, person_id: str
) -> None:
    at = (await send(client, person_id, PDF + b"<</S /JavaScript>>")).headers["location"]
    await examine(app)
    read = (await client.get(at)).json()
    assert (read["state"], read["reason"]) == ("refused", "active-content")
    assert (await client.get(f"{at}/content")).json()["code"] == "document-not-available"
    assert (await client.post(f"{at}/links")).json()["code"] == "document-not-available"
    assert [key async for key in app.state.blobs.keys("documents")] == []
    again = await send(client, person_id, PDF + b"<</S /JavaScript>>")
    assert again.status_code == 201


async def test_the_scanner_has_the_last_word_and_its_silence_is_no_word(
    app: FastAPI, client: httpx.AsyncClient, person_id: str
) -> None:
    at = (await send(client, person_id, PDF + INFECTED)).headers["location"]
    with pytest.raises(ScannerUnavailableError):
        await examine(app, Clamd("127.0.0.1:9"), last_attempt=False)
    assert (await client.get(at)).json()["state"] == "quarantined"
    async with running() as daemon:
        await examine(app, Clamd(daemon.address))
    read = (await client.get(at)).json()
    assert (read["state"], read["reason"], read["examined_by"]) == ("refused", "malware", "scanner")
    clean = (await send(client, person_id)).headers["location"]
    async with running() as daemon:
        await examine(app, Clamd(daemon.address))
    assert (await client.get(clean)).json()["state"] == "available"


async def test_content_that_was_tampered_with_in_quarantine_is_refused(
    app: FastAPI, client: httpx.AsyncClient, person_id: str
) -> None:
    at = (await send(client, person_id)).headers["location"]

    async def other() -> AsyncIterator[bytes]:
        yield b"%PDF-1.7 another paper"

    await app.state.blobs.put(f"documents/{at.rpartition('/')[2]}", other())
    await examine(app)
    read = (await client.get(at)).json()
    assert (read["state"], read["reason"]) == ("refused", "damaged")


async def test_a_link_fetches_the_file_without_a_token_for_five_minutes(
    app: FastAPI, client: httpx.AsyncClient, person_id: str, registry_database: Store
) -> None:
    at = (await send(client, person_id)).headers["location"]
    await examine(app)
    link = await client.post(f"{at}/links")
    assert link.status_code == 201
    url = link.json()["url"]
    nobody = {"authorization": "", "purpose": ""}
    fetched = await client.get(url, headers=nobody)
    assert (fetched.status_code, fetched.content) == (200, PDF)
    forged = await client.get(url[:-3] + "AAA", headers=nobody)
    assert (forged.status_code, forged.json()["code"]) == (404, "document-link-expired")
    app.dependency_overrides[clock.read_now] = lambda: datetime.now(UTC) + timedelta(minutes=6)
    assert (await client.get(url, headers=nobody)).status_code == 404
    with psycopg.connect(registry_database.admin_url) as connection:
        rows = connection.execute(
            "SELECT client_id, purpose, cardinality(persons) FROM audit_record WHERE action LIKE 'follow%'"
        )
        assert rows.fetchall() == [("test-client", "REGISTRATION", 1)]


async def test_what_is_said_of_a_document_is_corrected_by_version(client: httpx.AsyncClient, person_id: str) -> None:
    sent = await send(client, person_id)
    at, tag = sent.headers["location"], sent.headers["etag"]
    said = {"issuer": "SEN", "issued_on": "2020-01-02", "expires_on": "2030-01-01", "title": "Passeport"}
    assert (await client.patch(at, json=said)).status_code == 428
    amended = await client.patch(at, json=said, headers={"if-match": tag})
    assert amended.status_code == 200
    assert {name: amended.json()[name] for name in said} == said
    assert (await client.patch(at, json=said, headers={"if-match": tag})).status_code == 412
    tag = amended.headers["etag"]
    turned = await client.patch(at, json={"expires_on": "2019-01-01"}, headers={"if-match": tag})
    assert turned.json()["errors"][0]["pointer"] == "/expires_on"
    cleared = await client.patch(at, json={"expires_on": None, "type": "PERMIT"}, headers={"if-match": tag})
    assert (cleared.json()["expires_on"], cleared.json()["type"]) == (None, "PERMIT")
    unknown = await client.patch(at, json={"type": "NONE"}, headers={"if-match": cleared.headers["etag"]})
    assert unknown.json()["code"] == "document-type-unknown"


async def test_a_document_is_verified_once_it_was_examined(
    app: FastAPI, client: httpx.AsyncClient, person_id: str
) -> None:
    at = (await send(client, person_id)).headers["location"]
    how = {"method": "original_seen"}
    assert (await client.post(f"{at}/verification", json=how)).json()["code"] == "document-not-available"
    await examine(app)
    verified = (await client.post(f"{at}/verification", json=how)).json()
    assert verified["verification_method"] == "original_seen"
    assert verified["verified_by"]


async def test_a_medical_certificate_does_not_exist_for_a_purpose_that_has_no_use_for_it(
    client: httpx.AsyncClient, person_id: str
) -> None:
    coverage = bearer("persons:read", "persons:write", service="registry", purpose="HEALTH_COVERAGE")
    sent = await client.post(
        f"/v1/persons/{person_id}/documents",
        content=PDF,
        headers={**AS_PDF, **coverage},
        params={"type": "MEDICAL_CERTIFICATE"},
    )
    at = sent.headers["location"]
    assert (await client.get(at, headers=coverage)).status_code == 200
    assert (await client.get(at)).status_code == 404
    assert (await client.get(f"/v1/persons/{person_id}/documents")).json()["items"] == []


async def test_a_retracted_document_is_gone_and_its_content_destroyed(
    app: FastAPI, client: httpx.AsyncClient, person_id: str
) -> None:
    at = (await send(client, person_id)).headers["location"]
    kept = (await send(client, person_id, PNG, media_type="image/png")).headers["location"]
    assert (await client.post(f"{at}/retraction", json={"reason": "Another person's"})).status_code == 204
    assert (await client.get(at)).status_code == 404
    suspects = await sweep_documents(app.state.database, app.state.blobs, frozenset())
    assert suspects == {UUID(at.rpartition("/")[2])}
    assert await sweep_documents(app.state.database, app.state.blobs, suspects) == frozenset()
    assert [key async for key in app.state.blobs.keys("documents")] == [f"documents/{kept.rpartition('/')[2]}"]


async def test_pages_go_on_where_the_one_before_ended(client: httpx.AsyncClient, person_id: str) -> None:
    ids = {(await send(client, person_id, PDF + bytes([65 + place]))).json()["id"] for place in range(3)}
    first = (await client.get(f"/v1/persons/{person_id}/documents", params={"limit": 2})).json()
    rest = (await client.get(f"/v1/persons/{person_id}/documents", params={"limit": 2, "cursor": first["next"]})).json()
    assert {one["id"] for one in (*first["items"], *rest["items"])} == ids
    assert rest["next"] is None
