"""The service's edge: who may do what, for which purpose, and what its document publishes."""

from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI

from tests.training.builders import published

Headers = Callable[..., dict[str, str]]
READS = ("courses:read", "enrolments:read")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if path.startswith("/v1/"):
                yield method, path, operation


async def test_a_reader_may_read_and_not_write(client: httpx.AsyncClient, as_caller: Headers) -> None:
    session = await published(client)
    headers = as_caller(*READS)
    assert (await client.get(f"/v1/sessions/{session['id']}", headers=headers)).status_code == 200
    body = {"name": "CFA", "region": "06", "unit": "MA-CAS"}
    refused = await client.post("/v1/institutions", json=body, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (403, "insufficient-scope")
    refused = await client.post("/v1/enrolments", json={"application_id": str(uuid4())}, headers=headers)
    assert refused.status_code == 403


async def test_the_catalogue_asks_for_no_purpose_and_persons_do(client: httpx.AsyncClient, as_caller: Headers) -> None:
    headers = as_caller(*READS, purpose=None)
    assert (await client.get("/v1/sessions", headers=headers)).status_code == 200
    assert (await client.get("/v1/training/rules", headers=headers)).status_code == 200
    refused = await client.get("/v1/enrolments", params={"person_id": str(uuid4())}, headers=headers)
    assert (refused.status_code, refused.json()["code"]) == (400, "purpose-required")


async def test_nobody_comes_in_without_a_token_of_this_service(app: FastAPI, client: httpx.AsyncClient) -> None:
    for method, path, _ in operations(app.openapi()):
        answer = await client.request(method, path.replace("{", "").replace("}", ""), headers={"authorization": ""})
        assert answer.status_code == 401, path


def test_every_operation_says_what_it_needs_and_what_it_refuses(app: FastAPI) -> None:
    document = app.openapi()
    seen = set()
    for method, path, operation in operations(document):
        seen.add(operation["operationId"])
        scopes = operation["security"][0]["oauth2"]
        assert scopes, path
        assert scopes[0].endswith(":read") is (method == "get"), path
        assert operation["description"], path
        assert {"400", "401", "403", "503"} <= set(operation["responses"]), path
        personal = any(
            word in path for word in ("applications", "enrolments", "summary", "changes", "audit", "extract")
        )
        assert operation.get("x-personal-data", False) is personal, path
        about_learners = personal and not path.startswith(("/v1/changes", "/v1/audit", "/v1/training/extract"))
        assert (scopes == ["enrolments:read"]) is (about_learners and method == "get"), path
    assert len(seen) == sum(1 for _ in operations(document))
    slugs = {problem["slug"] for problem in document["x-problems"]}
    assert {"session-full", "not-admissible", "overlapping-course", "facts-unavailable"} <= slugs


def test_what_only_the_gateway_may_ask_is_marked_internal(app: FastAPI) -> None:
    internal = {path for _, path, operation in operations(app.openapi()) if operation.get("x-internal")}
    trail = {path for path in internal if path.startswith("/v1/audit/")}
    assert trail
    reads = {"/v1/training/summary", "/v1/training/extract", "/v1/changes"}
    assert internal - trail == {"/v1/sessions/{session_id}/applications", *reads}
    document = app.openapi()["paths"]["/v1/sessions/{session_id}/applications"]
    assert "x-internal" not in document["get"]


def test_the_published_document_uses_the_words_that_travel(app: FastAPI) -> None:
    schemas = app.openapi()["components"]["schemas"]
    assert {"from", "to"} <= set(schemas["Rule"]["properties"])
    assert set(schemas["WouldBecome"]["properties"]) == {"status", "if"}
    assert schemas["Session"]["required"]


async def test_the_service_is_ready_when_its_schema_is(client: httpx.AsyncClient) -> None:
    assert (await client.get("/livez")).status_code == 200
    assert (await client.get("/readyz")).status_code == 200
