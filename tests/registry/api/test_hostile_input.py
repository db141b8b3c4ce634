"""What nobody should send: refused with the right problem, never a 500, never an echo of the value."""

from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from tests.registry.people import MONONYM, codes, path_of
from tests.support.callers import OTHER_KEY, bearer

SECRET = "Xanthippe-Secret"
JSON = {"content-type": "application/json"}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 422, "invalid-input"),
        (b"{", 400, "malformed-request"),
        (b"[]", 422, "invalid-input"),
        (b"null", 422, "invalid-input"),
        (b'"x"', 422, "invalid-input"),
        (b'{"names": [], "names": []}', 400, "malformed-request"),
        (b'{"names": NaN}', 400, "malformed-request"),
        (b'{"names": [{"given": "a\\u0000b"}]}', 400, "malformed-request"),
        (b'{"names": [{"given": "\\ud800"}]}', 400, "malformed-request"),
        (b"\xff\xfe", 400, "malformed-request"),
        (b'{"names": [{"given": "Awa"}], "x": ' + b"[" * 50_000 + b"]" * 50_000 + b"}", 400, "malformed-request"),
        (b'{"names": [{"given": "Awa"}], "birth": {"year": 1e400}}', 400, "malformed-request"),
        (b'{"names": "' + b"a" * 10_000_000 + b'"}', 413, "body-too-large"),
    ],
)
async def test_a_body_that_is_no_json_of_ours(client: httpx.AsyncClient, body: bytes, status: int, code: str) -> None:
    answer = await client.post("/v1/persons", content=body, headers=JSON)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [
        ({"names": [{"given": SECRET * 100}]}, "/names/0/given"),
        ({"names": [{"given": [SECRET]}]}, "/names/0/given"),
        ({"names": [{"given": SECRET, "nick": SECRET}]}, "/names/0/nick"),
        ({"names": [{"given": f"\u202e{SECRET}"}]}, "/names/0/given"),
        ({"names": [{"given": "Awa"}] * 21}, "/names"),
        ({"names": {"given": SECRET}}, "/names"),
        ({"names": [SECRET]}, "/names/0"),
        ({"names": [{"given": "   "}]}, "/names/0/given"),
        ({"sex": SECRET}, "/sex"),
        ({"sex": 1}, "/sex"),
        ({"birth": SECRET}, "/birth"),
        ({"birth": {"year": "1990"}}, "/birth/year"),
        ({"birth": {"year": 1990.5}}, "/birth/year"),
        ({"birth": {"year": True}}, "/birth/year"),
        ({"birth": {"year": 10**30}}, "/birth/year"),
        ({"birth": {"precision": "DAY"}}, "/birth/precision"),
        ({"nationalities": ["SEN"] * 11}, "/nationalities"),
        ({"nationalities": [None]}, "/nationalities/0"),
        ({"contacts": [{"kind": "telex", "value": SECRET}]}, "/contacts/0/kind"),
        ({"address": {"region": "06'; DROP TABLE person; --"}}, "/address/region"),
        ({"identifiers": [{"system": "passport", "value": SECRET}]}, "/identifiers/0/system"),
        ({"identifiers": [{"system": "PASSPORT"}]}, "/identifiers/0/value"),
        ({"permits": [{"type": "CR", "valid_from": 20260101}]}, "/permits/0/valid_from"),
        ({"legal_status": {"code": "IRREGULAR", "valid_from": "2026-01-01T00:00:00Z"}}, "/legal_status/valid_from"),
        ({"id": "01900000-0000-7000-8000-000000000001"}, "/id"),
        ({"programme_number": SECRET}, "/programme_number"),
        ({SECRET: 1}, f"/{SECRET}"),
    ],
)
async def test_a_value_that_is_none_of_ours_is_named_and_not_repeated(
    client: httpx.AsyncClient, changes: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/persons", json={**MONONYM, **changes})
    assert answer.status_code == 422, answer.text
    assert pointer in [place for place, _ in codes(answer)]
    assert SECRET not in answer.text.replace(f'"/{SECRET}"', "")


@pytest.mark.parametrize(
    "text", ["'; DROP TABLE person; --", "<script>", "=1+1", "\\x00", "%s%n", "💧", "ﷺ", "a\u0301" * 60]
)
async def test_strange_but_harmless_text_is_kept_as_it_is(client: httpx.AsyncClient, text: str) -> None:
    path = await path_of(client, {"names": [{"given": f"Awa {text}"}]})
    shown = (await client.get(path)).json()["names"][0]["given"]
    assert shown.startswith("Awa ")
    hits = await client.post("/v1/persons/search", json={"name": f"Awa {text}", "birth_year": 1990})
    assert hits.status_code == 200


@pytest.mark.parametrize(
    "question",
    [{"foo": "bar"}, {"as_of": ["2020-01-01", "2021-01-01"]}, {"order": "name"}],
)
async def test_an_unknown_or_repeated_parameter_is_refused(client: httpx.AsyncClient, question: dict[str, Any]) -> None:
    answer = await client.get(await path_of(client, MONONYM), params=question)
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-parameter")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"authorization": ""}, 401, "unauthenticated"),
        ({"authorization": "Basic eDp5"}, 401, "unauthenticated"),
        ({"authorization": "Bearer x.y.z"}, 401, "unauthenticated"),
        (bearer("persons:read", service="health"), 401, "unauthenticated"),
        (bearer("persons:read", service="registry", key=OTHER_KEY), 401, "unauthenticated"),
        (bearer("persons:write", service="registry"), 403, "insufficient-scope"),
        (bearer("persons:read", service="registry", purpose=None), 400, "purpose-required"),
    ],
)
async def test_a_caller_who_is_none_of_ours_is_refused(
    client: httpx.AsyncClient, headers: dict[str, str], status: int, code: str
) -> None:
    answer = await client.get("/v1/persons/01900000-0000-7000-8000-0000000000ff", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_wrong_methods_paths_and_media_types_have_their_problems(client: httpx.AsyncClient) -> None:
    assert (await client.delete("/v1/persons")).status_code == 405
    assert (await client.get("/v1/nobody")).status_code == 404
    form = await client.post(
        "/v1/persons", content=b"a=1", headers={"content-type": "application/x-www-form-urlencoded"}
    )
    assert form.status_code == 415


async def test_every_route_says_which_scope_it_needs_and_what_can_go_wrong(app: FastAPI) -> None:
    document = app.openapi()
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["operationId"], where
            assert operation["description"], where
            if path.startswith("/v1/document-links/"):
                continue  # the address is signed: it proves itself
            assert operation["security"], where
            described = {status for status in operation["responses"] if status.startswith(("4", "5"))}
            assert {"400", "401", "403", "503"} <= described, where
            rules = ("/v1/reference", "/v1/jobs", "/v1/regularisation-", "/v1/notices")
            of_files = path.startswith("/v1/regularisation-files")
            if of_files or not (path.startswith(rules) or path.endswith("/visibility")):
                assert operation["x-personal-data"] is True, where
            for parameter in operation.get("parameters", []):
                assert parameter.get("description"), f"{where} {parameter['name']}"
    await app.state.database.close()
