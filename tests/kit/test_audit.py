"""The audit trail: one row for every access, and nobody who may read or change it."""

import uuid
from typing import Any

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.kit.audit import COLUMNS, Pseudonyms, Trail
from services.stack.stores import Store
from tests.kit.troubles import troubled
from tests.support.callers import bearer

READ = bearer("notes:read", service="notes")
WRITE = bearer("notes:write", service="notes")
CANARY = "Aminata-Canary"
ROW = (
    "INSERT INTO audit_record (action, outcome, subject, client_id, organisation, persons, request_id)"
    " VALUES ('a', 'ok', 's', 'c', 'o', '{}', 'r')"
)


@pytest.fixture
def app(notes_store: Store) -> FastAPI:
    """The notes service and its troubles."""
    return troubled(notes_store)


def outcomes(store: Store) -> list[tuple[Any, ...]]:
    with psycopg.connect(store.admin_url) as connection:
        return connection.execute("SELECT action, outcome FROM audit_record ORDER BY at").fetchall()


@pytest.mark.parametrize(
    "statement",
    [
        "SELECT count(*) FROM audit_record",
        "INSERT INTO audit_record SELECT * FROM audit_record",
        "UPDATE audit_record SET outcome = 'ok'",
        "DELETE FROM audit_record",
        "TRUNCATE audit_record",
        "ALTER TABLE audit_record DISABLE TRIGGER ALL",
        "DROP TABLE audit_record",
        "COPY audit_record TO STDOUT",
    ],
)
def test_the_application_can_add_a_row_and_do_nothing_else_with_the_trail(notes_store: Store, statement: str) -> None:
    with psycopg.connect(notes_store.url, autocommit=True) as connection:
        connection.execute(ROW.encode())
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement.encode())


@pytest.mark.parametrize("who", ["owner", "superuser"])
@pytest.mark.parametrize(
    "statement", ["UPDATE audit_record SET outcome = 'ok'", "DELETE FROM audit_record", "TRUNCATE audit_record"]
)
def test_even_the_owner_is_refused_a_change(notes_store: Store, who: str, statement: str) -> None:
    url = notes_store.owner_url if who == "owner" else notes_store.admin_url
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(ROW.encode())
        with pytest.raises(psycopg.errors.RaiseException, match="inserts only"):
            connection.execute(statement.encode())


def test_a_pseudonym_is_the_same_for_a_person_under_one_key_alone() -> None:
    person, other = uuid.uuid4(), uuid.uuid4()
    first = Pseudonyms(b"a" * 32)
    assert first.of(person) == Pseudonyms(b"a" * 32).of(person)
    assert first.of(person) not in {first.of(other), Pseudonyms(b"b" * 32).of(person)}
    assert len(first.of(person)) == 32
    assert person.hex[:8] not in first.of(person)


def test_a_row_without_a_caller_is_empty_where_nobody_stands() -> None:
    trail = Trail("read_notes", "r-1", Pseudonyms(b"a" * 32))
    assert trail.row("refused:x") == dict(
        zip(COLUMNS, ("read_notes", "refused:x", "", "", "", None, [], "r-1"), strict=True)
    )


@pytest.mark.parametrize(
    ("method", "path", "headers", "status", "left"),
    [
        ("GET", "/v1/persons/{id}/cold", READ, 200, [("read_cold", "ok")]),
        ("GET", "/v1/hot/{id}", READ, 200, [("read_hot", "ok")]),
        ("GET", "/v1/hot/{id}?fail=true", READ, 409, [("read_hot", "ok")]),
        ("GET", "/v1/persons/{id}/cold", WRITE, 403, [("read_cold", "refused:insufficient-scope")]),
        ("GET", "/v1/persons/{id}/cold", bearer("notes:read", service="notes", purpose=None), 400,
         [("read_cold", "refused:purpose-required")]),
        ("GET", "/v1/persons/{id}/cold", {}, 401, []),
        ("GET", "/v1/persons/nobody/cold", READ, 422, [("read_cold", "refused:RequestValidationError")]),
        ("GET", "/v1/persons/{id}/cold?name=x", READ, 400, []),
        ("POST", "/v1/work", WRITE, 202, []),
    ],
)  # fmt: skip
async def test_each_access_leaves_exactly_one_row(
    client: httpx.AsyncClient, notes_store: Store, method: str, path: str, headers: Any, status: int, left: Any
) -> None:
    answer = await client.request(method, path.format(id=uuid.uuid4()), headers=headers)
    assert (answer.status_code, outcomes(notes_store)) == (status, left)


async def test_a_change_lost_at_its_commit_leaves_the_row_of_a_refusal(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    body = {"person_id": str(uuid.uuid4()), "body": "seen"}
    await client.post("/v1/notes", json=body, headers=WRITE)
    assert (await client.post("/v1/notes", json=body, headers=WRITE)).status_code == 409
    assert outcomes(notes_store) == [("write_note", "ok"), ("write_note", "refused:IntegrityError")]


async def test_an_answer_that_cannot_be_kept_for_a_replay_leaves_the_row_of_a_refusal(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    with psycopg.connect(notes_store.owner_url) as owner:
        owner.execute("ALTER TABLE idempotency_key ADD CHECK (status <> 201)")
    body = {"person_id": str(uuid.uuid4()), "body": "seen"}
    answer = await client.post("/v1/notes", json=body, headers={**WRITE, "idempotency-key": "k"})
    assert answer.status_code == 409
    assert outcomes(notes_store) == [("write_note", "refused:IntegrityError")]


async def test_without_its_row_nothing_is_read_and_nothing_is_written(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    with psycopg.connect(notes_store.owner_url) as owner:
        owner.execute("REVOKE INSERT ON audit_record FROM notes_app")
    body = {"person_id": str(uuid.uuid4()), "body": "seen"}
    assert (await client.post("/v1/notes", json=body, headers=WRITE)).status_code == 500
    for path in ("cold", "notes"):
        answer = await client.get(f"/v1/persons/{uuid.uuid4()}/{path}", headers=READ)
        assert (answer.status_code, answer.json()["code"]) == (500, "unexpected-error")
    with psycopg.connect(notes_store.admin_url) as connection:
        assert connection.execute("SELECT count(*) FROM note").fetchone() == (0,)


async def test_the_trail_holds_no_value_and_no_persons_number(client: httpx.AsyncClient, notes_store: Store) -> None:
    person = uuid.uuid4()
    await client.post("/v1/notes", json={"person_id": str(person), "body": CANARY}, headers=WRITE)
    await client.post("/v1/notes", json={"person_id": str(person), "body": CANARY, CANARY: 1}, headers=WRITE)
    await client.get(f"/v1/persons/{CANARY}/cold", headers=READ)
    await client.get(f"/v1/persons/{person}/cold", headers=READ)
    with psycopg.connect(notes_store.admin_url) as connection:
        rows = connection.execute("SELECT audit_record::text, persons FROM audit_record ORDER BY at").fetchall()
    assert len(rows) == 4
    assert not any(CANARY in row or str(person) in row or person.hex in row for row, _ in rows)
    assert rows[0][1] == rows[3][1] != []


async def test_a_reading_transaction_does_not_wait_for_the_disk_and_a_writing_one_does(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    with psycopg.connect(notes_store.admin_url, autocommit=True) as connection:
        durable = f"ALTER ROLE notes_app IN DATABASE {notes_store.name} SET synchronous_commit = 'local'"
        connection.execute(durable.encode())
        connection.execute("ALTER TABLE audit_record ADD durable text DEFAULT current_setting('synchronous_commit')")
        await client.post("/v1/notes", json={"person_id": str(uuid.uuid4()), "body": "seen"}, headers=WRITE)
        await client.get(f"/v1/persons/{uuid.uuid4()}/cold", headers=READ)
        await client.get(f"/v1/persons/{uuid.uuid4()}/notes", headers=READ)
        rows = connection.execute("SELECT action, durable FROM audit_record ORDER BY at").fetchall()
    assert rows == [("write_note", "local"), ("read_cold", "off"), ("read_notes", "off")]
