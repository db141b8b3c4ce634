"""Connections in trouble: what passes is 503 with Retry-After, what does not fit is 422, and the rest is ours."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.kit import database as kit_database
from services.kit.database import Database, dump_json, new_metadata
from services.stack.stores import Store
from tests.kit.troubles import troubled
from tests.kit.waiting import until
from tests.support.asgi import client_of
from tests.support.callers import bearer

READ = bearer("notes:read", service="notes")
WRITE = bearer("notes:write", service="notes")
ROADS = ["/v1/statements", "/v1/hot-statements"]
SLOW = "SELECT pg_sleep(20)"
CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'notes_app' AND wait_event = 'PgSleep'"


@pytest.fixture
def impatient(notes_store: Store, monkeypatch: pytest.MonkeyPatch) -> Store:
    """The notes database with limits of a fraction of a second; the service waits as long for a connection."""
    with psycopg.connect(notes_store.admin_url, autocommit=True) as connection:
        for setting in ("statement_timeout", "lock_timeout"):
            connection.execute(f"ALTER ROLE notes_app IN DATABASE {notes_store.name} SET {setting} = '300ms'".encode())
    monkeypatch.setattr(kit_database, "POOL_WAIT_S", 0.2)
    return notes_store


@pytest.fixture
def app(notes_store: Store) -> FastAPI:
    """The notes service and its troubles, with two connections of each kind."""
    return troubled(notes_store, database_pool_size=2)


@pytest.fixture
def admin(notes_store: Store) -> Iterator[psycopg.Connection]:
    """A connection that may do anything."""
    with psycopg.connect(notes_store.admin_url, autocommit=True) as connection:
        yield connection


async def run(client: httpx.AsyncClient, sql: str, road: str = ROADS[0], **more: Any) -> httpx.Response:
    return await client.post(road, json={"sql": sql, **more}, headers=WRITE)


def assert_passing(answer: httpx.Response) -> None:
    assert (answer.status_code, answer.json()["code"]) == (503, "service-unavailable")
    assert answer.headers["retry-after"] == "1"


async def value_of(client: httpx.AsyncClient, sql: str, road: str) -> str:
    return str((await run(client, sql, road)).json()["value"])


@pytest.mark.parametrize("road", ROADS)
async def test_a_connection_cut_in_the_middle_is_passing_and_the_next_request_goes_through(
    client: httpx.AsyncClient, admin: psycopg.Connection, road: str
) -> None:
    hanging = asyncio.create_task(run(client, SLOW, road))
    cut = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'notes_app' AND wait_event = 'PgSleep'"
    )
    await until(lambda: bool(admin.execute(cut.encode()).fetchall()))
    assert_passing(await hanging)
    assert await value_of(client, "SELECT 1", road) == "1"


async def test_a_connection_cut_while_it_commits_is_never_a_success(
    client: httpx.AsyncClient, admin: psycopg.Connection
) -> None:
    admin.execute(
        "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN PERFORM pg_sleep(20); RETURN NULL; END $$"
    )
    admin.execute(
        "CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON note DEFERRABLE INITIALLY DEFERRED"
        " FOR EACH ROW EXECUTE FUNCTION dawdle()"
    )
    body, key = {"person_id": str(uuid4()), "body": "seen"}, {"idempotency-key": "k"}
    hanging = asyncio.create_task(client.post("/v1/notes", json=body, headers=WRITE | key))
    await until(lambda: bool(admin.execute(CUT.encode()).fetchall()))
    assert_passing(await hanging)
    assert admin.execute("SELECT count(*) FROM note").fetchone() == (0,)
    admin.execute("DROP TRIGGER slow_commit ON note")
    assert (await client.post("/v1/notes", json=body, headers=WRITE | key)).status_code == 201
    outcomes = admin.execute("SELECT array_agg(outcome ORDER BY at) FROM audit_record").fetchone()
    assert outcomes == (["refused:DBAPIError", "ok"],)


@pytest.mark.parametrize("road", ROADS)
async def test_after_every_connection_was_cut_at_rest_the_service_recovers(
    client: httpx.AsyncClient, admin: psycopg.Connection, road: str
) -> None:
    assert await value_of(client, "SELECT 1", road) == "1"
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'notes_app'")
    statuses = [(await run(client, "SELECT 1", road)).status_code for _ in range(4)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200


@pytest.mark.parametrize("road", ROADS)
async def test_a_statement_that_takes_too_long_is_passing(
    impatient: Store, client: httpx.AsyncClient, road: str
) -> None:
    assert_passing(await run(client, SLOW, road))
    assert await value_of(client, "SELECT 1", road) == "1"


async def test_a_lock_that_others_hold_is_passing_and_nothing_is_stored(
    impatient: Store, client: httpx.AsyncClient
) -> None:
    body = {"person_id": str(uuid4()), "body": "seen"}
    with psycopg.connect(impatient.admin_url) as other:
        other.execute("LOCK TABLE note IN ACCESS EXCLUSIVE MODE")
        assert_passing(await client.post("/v1/notes", json=body, headers=WRITE))
    with psycopg.connect(impatient.admin_url) as other:
        assert other.execute("SELECT count(*) FROM note").fetchone() == (0,)


@pytest.mark.parametrize("road", ROADS)
async def test_nobody_waits_long_for_a_free_connection(
    monkeypatch: pytest.MonkeyPatch, notes_store: Store, admin: psycopg.Connection, road: str
) -> None:
    monkeypatch.setattr(kit_database, "POOL_WAIT_S", 0.3)
    app = troubled(notes_store, database_pool_size=2)
    async with client_of(app) as client:
        monkeypatch.setattr(kit_database, "POOL_WAIT_S", 5)
        await (
            app.state.database.pool()
        )  # its statements may take long: it is the wait for a connection that is measured
        monkeypatch.setattr(kit_database, "POOL_WAIT_S", 0.3)
        holders = [asyncio.create_task(run(client, "SELECT pg_sleep(3)", road)) for _ in range(2)]
        sleeping = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'notes_app' AND wait_event = 'PgSleep'"
        await until(lambda: admin.execute(sleeping.encode()).fetchone() == (2,))
        assert_passing(await asyncio.wait_for(run(client, "SELECT 1", road), 2))
        for holder in holders:
            await holder


async def test_a_database_that_is_away_is_passing_and_the_service_is_not_ready() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"postgresql://a:b@127.0.0.1:{taken.getsockname()[1]}/c"
    async with client_of(troubled(Store("c", url, url, url))) as client:
        for road in ROADS:
            assert_passing(await run(client, "SELECT 1", road))
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["reason"]) == (503, "database")
        assert (await client.get("/livez")).status_code == 200
        refused = await client.get(f"/v1/persons/{uuid4()}/notes", headers=READ)
        assert_passing(refused)  # no audit row, no data


@pytest.mark.parametrize(
    ("road", "sql", "number"),
    [
        (ROADS[0], "SELECT CAST(:n AS bigint)", 10**30),
        (ROADS[1], "SELECT $1::bigint", 10**30),
        (ROADS[0], "SELECT CAST('x' AS integer)", None),
        (ROADS[1], "SELECT 'x'::integer", None),
        (ROADS[0], "SELECT 2147483647::integer + 1", None),
    ],
)
async def test_a_value_that_does_not_fit_is_the_senders_to_mend(
    client: httpx.AsyncClient, road: str, sql: str, number: int | None
) -> None:
    answer = await run(client, sql.replace("::", r"\:\:") if road == ROADS[0] else sql, road, number=number)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-input")


@pytest.mark.parametrize("road", ROADS)
async def test_a_defect_in_our_own_sql_is_an_unexpected_error(client: httpx.AsyncClient, road: str) -> None:
    answer = await run(client, "SELECT nothing FROM nowhere", road)
    assert (answer.status_code, answer.json()["code"]) == (500, "unexpected-error")
    assert "nowhere" not in answer.text


@pytest.mark.parametrize("road", ROADS)
async def test_a_table_changed_by_a_migration_costs_at_most_one_retry(
    client: httpx.AsyncClient, admin: psycopg.Connection, road: str
) -> None:
    for _ in range(8):
        await run(client, "SELECT * FROM alembic_version", road)
    admin.execute("ALTER TABLE alembic_version ALTER version_num TYPE varchar(32)")
    statuses = [(await run(client, "SELECT * FROM alembic_version", road)).status_code for _ in range(6)]
    assert set(statuses) <= {200, 503}
    assert statuses[-1] == 200


async def test_a_breached_constraint_is_known_by_its_name_and_others_are_a_conflict(
    client: httpx.AsyncClient, admin: psycopg.Connection
) -> None:
    admin.execute("ALTER TABLE note ADD CONSTRAINT ck_note_word CHECK (body <> 'never')")
    body = {"person_id": str(uuid4()), "body": "seen"}
    await client.post("/v1/notes", json=body, headers=WRITE)
    for changed, code in ((body, "note-exists"), (body | {"body": "never"}, "conflict")):
        answer = await client.post("/v1/notes", json=changed, headers=WRITE)
        assert (answer.status_code, answer.json()["code"]) == (409, code)
    insert = "INSERT INTO alembic_version VALUES ('1') RETURNING (SELECT 1/0)"
    assert (await run(client, insert, ROADS[1])).status_code == 422
    admin.execute("CREATE UNIQUE INDEX uq_note_once ON note ((true))")
    hot = await run(client, "INSERT INTO note (person_id, body) VALUES (uuidv4(), 'x') RETURNING 1", ROADS[1])
    assert (hot.status_code, hot.json()["code"]) == (409, "conflict")


async def test_hot_reads_commit_asynchronously_and_changes_do_not(client: httpx.AsyncClient) -> None:
    asked = "SELECT source || ' ' || setting FROM pg_settings WHERE name = 'synchronous_commit'"
    assert not (await value_of(client, asked, ROADS[0])).startswith("client")  # as durable as the server is told to be
    assert await value_of(client, asked, ROADS[1]) == "client off"
    for road, name in zip(ROADS, ("indimaj", "indimaj-read"), strict=True):
        assert await value_of(client, "SHOW application_name", road) == name
        assert await value_of(client, "SHOW jit", road) == "off"


@pytest.fixture
async def other(notes_store: Store) -> AsyncIterator[Database]:
    """Connections without a service."""
    opened = Database(notes_store.url, pool_size=2)
    yield opened
    await opened.close()


async def test_the_text_of_an_error_does_not_repeat_a_bound_value(other: Database) -> None:
    with pytest.raises(DBAPIError) as failure:
        async with other.sessions.begin() as session:
            await session.execute(text("SELECT nothing FROM nowhere WHERE x = :x"), {"x": "Aminata-Canary"})
    assert "Aminata-Canary" not in str(failure.value)


async def test_the_reading_pool_is_opened_once_and_again_after_closing(other: Database) -> None:
    pools = await asyncio.gather(*(other.pool() for _ in range(10)))
    assert len({id(pool) for pool in pools}) == 1
    assert await other.revision() == "0001"
    await other.close()
    assert await other.revision() == "0001"
    await other.close()
    await other.close()


def test_json_columns_keep_amounts_and_dates_as_text() -> None:
    assert (
        dump_json({"a": Decimal("9.30"), "b": date(2026, 1, 2), "c": None}) == '{"a":"9.30","b":"2026-01-02","c":null}'
    )


def test_constraints_are_named_by_one_convention() -> None:
    assert new_metadata().naming_convention["uq"] == "uq_%(table_name)s_%(column_0_N_name)s"
