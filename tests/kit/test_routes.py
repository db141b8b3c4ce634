"""What every route of every service does before and after its handler."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from fastapi import FastAPI

from services.stack.stores import Store
from tests.support.callers import OTHER_KEY, bearer

READ = bearer("notes:read", service="notes")
WRITE = bearer("notes:write", service="notes")
CANARY = "Aminata-Canary"


def note(**changes: Any) -> dict[str, Any]:
    return {"person_id": str(uuid4()), "body": "seen"} | changes


def audit_rows(store: Store) -> list[Any]:
    with psycopg.connect(store.admin_url) as connection:
        return connection.execute("SELECT action, outcome, client_id, purpose, persons FROM audit_record").fetchall()


def notes_stored(store: Store) -> int:
    with psycopg.connect(store.admin_url) as connection:
        return int(connection.execute("SELECT count(*) FROM note").fetchone()[0])  # type: ignore[index]  # a count has a row


async def test_a_write_is_committed_before_its_answer_and_leaves_one_audit_row(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    answer = await client.post("/v1/notes", json=note(), headers=WRITE)
    assert answer.status_code == 201
    assert notes_stored(notes_store) == 1
    [(action, outcome, client_id, purpose, persons)] = audit_rows(notes_store)
    assert (action, outcome, client_id, purpose) == ("write_note", "ok", "test-client", "REGISTRATION")
    assert len(persons) == 1
    assert answer.headers["x-request-id"]


async def test_a_commit_that_fails_is_never_a_success(client: httpx.AsyncClient, notes_store: Store) -> None:
    body = note()
    assert (await client.post("/v1/notes", json=body, headers=WRITE)).status_code == 201
    refused = await client.post("/v1/notes", json=body, headers=WRITE)  # the constraint is checked at commit
    assert refused.status_code == 409
    assert refused.json()["code"] == "note-exists"
    assert notes_stored(notes_store) == 1


async def test_a_refusal_of_the_domain_meets_http_in_its_table_and_leaves_its_audit_row(
    client: httpx.AsyncClient, notes_store: Store
) -> None:
    answer = await client.post("/v1/notes", json=note(body="silence"), headers=WRITE)
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert problem["type"] == "/problems/silenced"
    assert problem["errors"] == [{"pointer": "/body", "code": "silenced", "detail": "Say nothing"}]
    assert problem["how_long_s"] == 3
    [(_, outcome, *_rest)] = audit_rows(notes_store)
    assert outcome == "refused:SilencedError"


async def test_a_defect_is_a_500_problem_without_a_trace(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json=note(body="bug"), headers=WRITE)
    assert answer.status_code == 500
    assert answer.json()["code"] == "unexpected-error"
    assert "ZeroDivision" not in answer.text


async def test_a_read_without_a_session_leaves_its_audit_row_too(client: httpx.AsyncClient, notes_store: Store) -> None:
    answer = await client.get(f"/v1/persons/{uuid4()}/notes", headers=READ)
    assert answer.status_code == 200
    assert [row[0] for row in audit_rows(notes_store)] == ["read_notes"]


BAD_BODIES = [
    (b"{", 400, "json_invalid"),
    (b'{"body": NaN}', 400, "number_not_finite"),
    (b'{"body": 1e999}', 400, "number_out_of_range"),
    (b'{"body": "a\\u0000"}', 400, "forbidden_character"),
    (b'{"body": "\\ud800"}', 400, "forbidden_character"),
    (b'{"body": "a", "body": "b"}', 400, "repeated_name"),
    (b"\xff", 400, "json_invalid"),
    (b"[" * 100_000, 400, "json_invalid"),
    (b'{"body":' + b"[" * 60 + b"]" * 60 + b"}", 400, "too_deep"),
    (b'{"n": ' + b"9" * 5000 + b"}", 400, "json_invalid"),
    (b"[]", 422, "model_attributes_type"),
    (b"null", 422, "model_attributes_type"),
    (b"{}", 422, "missing"),
    (b'{"person_id": 3, "body": "x"}', 422, "uuid_type"),
    (b'{"person_id": "x", "body": "x"}', 422, "uuid_parsing"),
    (b'{"person_id": "0199a0c1-0000-7000-8000-000000000000", "body": 5}', 422, "string_type"),
    (b'{"person_id": "0199a0c1-0000-7000-8000-000000000000", "body": " "}', 422, "blank_text"),
    ('{"person_id": "0199a0c1-0000-7000-8000-000000000000", "body": "a\u202eb"}'.encode(), 422, "forbidden_character"),
    (b'{"person_id": "0199a0c1-0000-7000-8000-000000000000", "body": "x", "on": "2026-02-30"}', 422, "date_impossible"),
    (
        b'{"person_id": "0199a0c1-0000-7000-8000-000000000000", "body": "x", "on": "1066-10-14"}',
        422,
        "date_out_of_range",
    ),
    (b'{"person_id": "0199a0c1-0000-7000-8000-000000000000", "body": "x", "on": 20260101}', 422, "date_format"),
    (b'{"person_id": "0199a0c1-0000-7000-8000-000000000000", "body": "x", "role": "x"}', 422, "extra_forbidden"),
]


@pytest.mark.parametrize(
    ("body", "status", "code"), BAD_BODIES, ids=[code + str(i) for i, (_, _, code) in enumerate(BAD_BODIES)]
)
async def test_bad_bodies_are_refused_with_a_pointer_and_a_code(
    client: httpx.AsyncClient, body: bytes, status: int, code: str
) -> None:
    answer = await client.post("/v1/notes", content=body, headers={**WRITE, "content-type": "application/json"})
    assert answer.status_code == status
    assert code in {error["code"] for error in answer.json()["errors"]}


async def test_no_refusal_repeats_what_it_refuses(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/notes", json=note(person_id=CANARY, on=CANARY, role=CANARY), headers=WRITE)
    assert answer.status_code == 422
    assert CANARY not in answer.text
    answer = await client.get("/v1/notes", params={CANARY: CANARY}, headers=READ)
    assert answer.status_code == 400
    assert CANARY not in answer.text


async def test_only_json_within_its_limit_is_read(client: httpx.AsyncClient) -> None:
    plain = await client.post("/v1/notes", content=b"{}", headers={**WRITE, "content-type": "text/plain"})
    assert plain.status_code == 415
    json_type = {**WRITE, "content-type": "application/json"}
    assert (await client.post("/v1/notes", content=b" " * 1_048_577, headers=json_type)).status_code == 413

    async def unannounced() -> Any:
        for _ in range(20):
            yield b" " * 65_536

    assert (await client.post("/v1/notes", content=unannounced(), headers=json_type)).status_code == 413


async def test_parameters_that_nobody_named_are_refused(client: httpx.AsyncClient) -> None:
    unknown = await client.get("/v1/notes?words=x", headers=READ)
    assert (unknown.status_code, unknown.json()["code"]) == (400, "unknown-parameter")
    twice = await client.get("/v1/notes?word=x&word=y", headers=READ)
    assert twice.json()["errors"][0]["code"] == "repeated_parameter"
    assert (await client.get("/v1/notes?limit=1000", headers=READ)).status_code == 422
    assert (await client.get("/v1/notes/abc", headers=READ)).status_code == 405


async def test_unknown_paths_and_methods_are_problems(client: httpx.AsyncClient) -> None:
    missing = await client.get("/v1/nothing")
    assert (missing.status_code, missing.json()["code"]) == (404, "not-found")
    wrong = await client.delete("/v1/notes")
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "GET, POST")


BAD_TOKENS = {
    "none": {},
    "not a bearer": {"authorization": "Basic abc"},
    "empty": {"authorization": "Bearer "},
    "garbage": {"authorization": "Bearer abc.def.ghi"},
    "huge": {"authorization": "Bearer " + "a" * 9000},
    "expired": bearer("notes:read", service="notes", age=timedelta(minutes=5)),
    "from the future": bearer("notes:read", service="notes", age=timedelta(days=-1)),
    "of another key": bearer("notes:read", service="notes", key=OTHER_KEY),
    "for another service": bearer("notes:read", service="health"),
    "of another issuer": bearer("notes:read", service="notes", iss="https://elsewhere"),
    "not yet": bearer("notes:read", service="notes", nbf=4_000_000_000),
    "without a subject": bearer("notes:read", service="notes", sub=None),
    "with an unsigned expiry": bearer("notes:read", service="notes", nbf="soon"),
}


@pytest.mark.parametrize("headers", BAD_TOKENS.values(), ids=BAD_TOKENS.keys())
async def test_a_token_that_is_not_good_opens_nothing(client: httpx.AsyncClient, headers: dict[str, str]) -> None:
    answer = await client.get("/v1/notes", headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"].startswith("Bearer")


async def test_a_good_token_without_the_scope_is_told_which(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/notes", headers=WRITE)
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient-scope")
    assert 'scope="notes:read"' in answer.headers["www-authenticate"]


async def test_personal_data_need_a_purpose(client: httpx.AsyncClient) -> None:
    headers = bearer("notes:read", service="notes", purpose=None)
    answer = await client.get(f"/v1/persons/{uuid4()}/notes", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (400, "purpose-required")


async def test_a_service_without_the_gateways_keys_says_so(client: httpx.AsyncClient, app: FastAPI) -> None:
    from services.kit.application import build  # noqa: PLC0415  # the default verifier is what this test is about

    other = build("notes", settings=app.state.settings, routers=[])
    app.state.verifier = other.state.verifier
    answer = await client.get("/v1/notes", headers=READ)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


async def test_pages_follow_each_other_and_cursors_belong_to_their_question(client: httpx.AsyncClient) -> None:
    for number in range(5):
        await client.post("/v1/notes", json=note(body=f"seen {number}"), headers=WRITE)
    first = await client.get("/v1/notes?limit=2&word=seen", headers=READ)
    assert first.links["next"]["url"].startswith("/v1/notes?limit=2&word=seen&cursor=")
    seen = [item["id"] for item in first.json()["items"]]
    cursor = first.json()["next"]
    while cursor:
        page = (
            await client.get("/v1/notes", params={"limit": 2, "word": "seen", "cursor": cursor}, headers=READ)
        ).json()
        seen += [item["id"] for item in page["items"]]
        cursor = page["next"]
    assert len(seen) == len(set(seen)) == 5
    stranger = bearer("notes:read", service="notes", client_id="another")
    cursor = first.json()["next"]
    for params, headers in (
        ({"cursor": cursor}, READ),
        ({"cursor": cursor, "word": "seen"}, stranger),
        ({"cursor": "AAAA", "word": "seen"}, READ),
        ({"cursor": "é", "word": "seen"}, READ),
    ):
        answer = await client.get("/v1/notes", params=params, headers=headers)
        assert answer.json()["errors"][0]["code"] == "cursor_foreign"


async def test_a_change_names_the_version_it_was_made_on(client: httpx.AsyncClient) -> None:
    assert (await client.put("/v1/notes/1", headers=WRITE)).status_code == 428
    assert (await client.put("/v1/notes/1", headers={**WRITE, "if-match": "*"})).status_code == 412
    assert (await client.put("/v1/notes/1", headers={**WRITE, "if-match": '"v2"'})).status_code == 412
    assert (await client.put("/v1/notes/1", headers={**WRITE, "if-match": '"v1"'})).status_code == 200


@pytest.mark.parametrize(
    ("accept", "title"),
    [
        ("en", "Not found"),
        ("ar-MA, fr;q=0.5", "غير موجود"),
        ("de", "Introuvable"),
        ("de;q=x, en;q=0.1, ar;q=0", "Not found"),
        (None, "Introuvable"),
    ],
)
async def test_problems_speak_the_readers_language(client: httpx.AsyncClient, accept: str | None, title: str) -> None:
    answer = await client.get("/nowhere", headers={} if accept is None else {"accept-language": accept})
    assert answer.json()["title"] == title


async def test_readiness_follows_database_schema_and_draining(client: httpx.AsyncClient, app: FastAPI) -> None:
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
    app.state.schema_head = "0002"
    assert (await client.get("/readyz")).json()["reason"] == "schema"
    app.state.draining = True
    assert (await client.get("/readyz")).json()["reason"] == "draining"


async def test_the_document_names_scopes_purposes_and_problems(app: FastAPI) -> None:
    document = app.openapi()
    assert document is app.openapi()
    operation = document["paths"]["/v1/notes"]["post"]
    assert operation["security"] == [{"oauth2": ["notes:write"]}]
    assert operation["x-personal-data"] is True
    assert "x-personal-data" not in document["paths"]["/v1/notes"]["get"]
    assert {"400", "401", "403", "409", "413", "415", "422", "503"} <= set(operation["responses"])
    assert {"silenced", "note-exists", "not-found"} <= {kind["slug"] for kind in document["x-problems"]}


async def test_a_harmless_request_id_is_kept_and_another_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get("/livez", headers={"x-request-id": "0199a0c1-0000-4000-8000-0000000000aa"})
    assert kept.headers["x-request-id"] == "0199a0c1-0000-4000-8000-0000000000aa"
    replaced = await client.get("/livez", headers={"x-request-id": "<script>"})
    assert "<" not in replaced.headers["x-request-id"]
