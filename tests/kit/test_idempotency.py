"""Idempotency keys over HTTP: one effect however often a request is sent."""

import asyncio
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.kit import idempotency
from services.kit.database import Database
from services.stack.stores import Store
from tests.kit.troubles import troubled
from tests.kit.waiting import until
from tests.support.callers import bearer

WRITE = bearer("notes:write", service="notes")


@pytest.fixture
def app(notes_store: Store) -> FastAPI:
    """The notes service and its troubles."""
    return troubled(notes_store)


def note(**changes: Any) -> dict[str, Any]:
    return {"person_id": str(uuid4()), "body": "seen"} | changes


def keyed(key: str = "k-1", **headers: str) -> dict[str, str]:
    return {**WRITE, "idempotency-key": key, **headers}


def one(store: Store, query: str) -> Any:
    with psycopg.connect(store.admin_url) as connection:
        row = connection.execute(query.encode()).fetchone()
        assert row
        return row[0]


def notes_stored(store: Store) -> int:
    return int(one(store, "SELECT count(*) FROM note"))


def keys_stored(store: Store) -> int:
    return int(one(store, "SELECT count(*) FROM idempotency_key"))


async def test_a_repeated_request_gets_the_first_answer_byte_for_byte(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    body = note()
    first = await client.post("/v1/notes", json=body, headers=keyed())
    again = await client.post("/v1/notes", json=body, headers=keyed())
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("location", "content-type", "content-length"):
        assert again.headers[name] == first.headers[name]
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"
    assert notes_stored(notes_store) == 1
    assert one(notes_store, "SELECT array_agg(outcome ORDER BY at) FROM audit_record") == ["ok", "replayed"]


async def test_kept_answers_lie_sealed_and_are_not_given_under_another_key(
    client: httpx.AsyncClient, app: FastAPI, notes_store: Store
) -> None:
    body = note()
    first = await client.post("/v1/notes", json=body, headers=keyed())
    assert first.status_code == 201
    assert b"test-client" in first.content
    assert b"test-client" not in bytes(one(notes_store, "SELECT body FROM idempotency_key"))
    app.state.answer_seal = idempotency.AnswerSeal(bytes(32))
    again = await client.post("/v1/notes", json=body, headers=keyed())
    assert (again.status_code, again.json()["code"]) == (409, "conflict")
    assert notes_stored(notes_store) == 1


async def test_a_key_used_for_another_request_is_refused(client: httpx.AsyncClient, notes_store: Store) -> None:
    await client.post("/v1/notes", json=note(), headers=keyed())
    other = await client.post("/v1/notes", json=note(), headers=keyed())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert notes_stored(notes_store) == 1
    assert one(notes_store, "SELECT count(*) FROM audit_record WHERE outcome = 'refused:idempotency-key-reused'") == 1


async def test_a_key_belongs_to_one_client_and_one_operation(client: httpx.AsyncClient, notes_store: Store) -> None:
    body = note()
    await client.post("/v1/notes", json=body, headers=keyed())
    stranger = bearer("notes:write", service="notes", client_id="hospital")
    of_stranger = await client.post("/v1/notes", json=body | {"body": "other"}, headers=keyed() | stranger)
    of_operation = await client.post("/v1/work", headers=keyed())
    assert (of_stranger.status_code, of_operation.status_code) == (201, 202)
    assert keys_stored(notes_store) == 3
    assert of_operation.content == (await client.post("/v1/work", headers=keyed())).content
    assert one(notes_store, "SELECT count(*) FROM job") == 1


async def test_while_the_first_request_runs_the_second_is_told_to_wait(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    body = note()
    with psycopg.connect(notes_store.admin_url) as other:
        other.execute("LOCK TABLE note IN EXCLUSIVE MODE")
        running = asyncio.create_task(client.post("/v1/notes", json=body, headers=keyed()))
        await until(lambda: one(notes_store, "SELECT count(*) > 0 FROM pg_locks WHERE NOT granted"))
        second = await client.post("/v1/notes", json=body, headers=keyed())
        assert (second.status_code, second.json()["code"]) == (409, "idempotency-key-in-progress")
        assert second.headers["retry-after"] == "1"
    first = await running
    assert first.status_code == 201
    assert (await client.post("/v1/notes", json=body, headers=keyed())).content == first.content
    assert notes_stored(notes_store) == 1


async def test_sixty_four_identical_requests_at_once_have_one_effect(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    body = note()
    answers = await asyncio.gather(*(client.post("/v1/notes", json=body, headers=keyed()) for _ in range(64)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} <= {"idempotency-key-in-progress"}
    assert notes_stored(notes_store) == keys_stored(notes_store) == 1
    assert one(notes_store, "SELECT count(*) FROM change") == 1
    assert one(notes_store, "SELECT count(*) FROM audit_record") == 64


async def test_an_effect_that_fails_keeps_no_key(client: httpx.AsyncClient, notes_store: Store) -> None:
    body = note()
    await client.post("/v1/notes", json=body, headers=WRITE)
    for failing, status in ((body | {"body": "silence"}, 409), (body | {"body": "bug"}, 500), (body, 409), ({}, 422)):
        assert (await client.post("/v1/notes", json=failing, headers=keyed())).status_code == status
        assert keys_stored(notes_store) == 0
    assert (await client.post("/v1/notes", json=note(), headers=keyed())).status_code == 201


@pytest.mark.parametrize("key", ["", "a" * 256, "tab\there"])
async def test_a_key_is_short_and_printable(client: httpx.AsyncClient, key: str) -> None:
    answer = await client.post("/v1/notes", json=note(), headers=keyed(key))
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["code"] == "idempotency_key_format"


async def test_other_methods_and_callers_without_a_name_take_no_notice_of_the_key(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    put = await client.put("/v1/notes/1", headers=keyed() | {"if-match": '"v1"'})
    assert put.status_code == 200
    nameless = [await client.post("/v1/open-door", headers={"idempotency-key": "k"}) for _ in range(2)]
    assert nameless[0].json()["at"] != nameless[1].json()["at"]
    assert keys_stored(notes_store) == 0


async def test_a_body_that_the_route_reads_by_itself_is_compared_too(client: httpx.AsyncClient) -> None:
    first = await client.post("/v1/streams", content=b"a,b\n1,2\n", headers=keyed())
    assert first.json()["size"] == 8
    again = await client.post("/v1/streams", content=b"a,b\n1,2\n", headers=keyed())
    assert again.content == first.content
    other = await client.post("/v1/streams", content=b"a,b\n1,3\n", headers=keyed())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")


async def test_the_same_key_with_another_query_is_another_request(client: httpx.AsyncClient) -> None:
    checked = await client.post("/v1/streams?mode=validate", content=b"a", headers=keyed())
    assert checked.json()["mode"] == "validate"
    committed = await client.post("/v1/streams?mode=commit", content=b"a", headers=keyed())
    assert (committed.status_code, committed.json()["code"]) == (422, "idempotency-key-reused")


async def test_a_body_that_the_gateway_completed_is_known_by_the_hash_of_the_partners_own(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    body, own = note(), {"idempotency-fingerprint": "a" * 64}
    first = await client.post("/v1/notes", json=body, headers=keyed() | own)
    with_newer_facts = await client.post("/v1/notes", json=body | {"on": "2026-01-01"}, headers=keyed() | own)
    assert with_newer_facts.content == first.content
    for other in ({"idempotency-fingerprint": "b" * 64}, {"idempotency-fingerprint": "a" * 63}, {}):
        refused = await client.post("/v1/notes", json=body, headers=keyed() | other)
        assert (refused.status_code, refused.json()["code"]) == (422, "idempotency-key-reused")
    assert notes_stored(notes_store) == 1


async def test_a_long_stream_is_taken_without_a_key_only(client: httpx.AsyncClient) -> None:
    long = b"x" * (1024 * 1024 + 1)
    assert (await client.post("/v1/streams", content=long, headers=WRITE)).json()["size"] == len(long)
    refused = await client.post("/v1/streams", content=long, headers=keyed())
    assert refused.status_code == 400
    assert refused.json()["errors"][0]["code"] == "idempotency_key_needs_small_body"


async def test_old_keys_are_forgotten_a_bounded_number_at_a_time(
    database: Database, notes_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(notes_store.admin_url) as connection:
        connection.execute(
            "INSERT INTO idempotency_key"
            " SELECT 'c', 'o', hours::text, '', 201, '{}', '', now() - hours * interval '1 h'"
            " FROM unnest(ARRAY[0, 23, 25, 48, 72]) AS hours"
        )
    monkeypatch.setattr(idempotency, "MOST_AT_ONCE", 2)
    counts = []
    for _ in range(3):
        async with database.sessions.begin() as session:
            counts.append(await idempotency.forget_old(session))
    assert counts == [2, 1, 0]
    assert one(notes_store, "SELECT array_agg(key ORDER BY key) FROM idempotency_key") == ["0", "23"]
