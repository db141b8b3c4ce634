"""Imports over HTTP: a file in, a job, a report."""

import csv
import io
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from services.background import jobs, worker
from services.kit.database import Database
from services.registry.api import imports as module
from services.registry.api.receiving import receive
from services.registry.worker import tasks_of
from tests.registry.builders import row
from tests.registry.imports import HASHER, counted, file_of, lines_of, simple_rows, workbook_of
from tests.registry.people import codes
from tests.support.callers import bearer

CSV = {"content-type": "text/csv; charset=utf-8"}


async def send(client: httpx.AsyncClient, content: bytes, **options: Any) -> httpx.Response:
    return await client.post("/v1/imports", content=content, headers=CSV, params={"mode": "commit", **options})


async def work(app: FastAPI, job_id: str) -> None:
    """Run a job as the registry's worker does."""
    tasks = tasks_of(HASHER)
    await worker.perform(app.state.database, job_id, tasks["import_persons"], last_attempt=True)


async def test_a_file_becomes_a_job_and_the_job_a_report(app: FastAPI, client: httpx.AsyncClient) -> None:
    accepted = await send(client, file_of(row(), row(row_id="2", sex="Q"), *simple_rows(3, start=10)))
    assert accepted.status_code == 202
    job = accepted.json()
    assert accepted.headers["location"] == f"/v1/jobs/{job['id']}"
    assert (job["state"], job["kind"]) == ("queued", "import_persons")
    early = await client.get(f"/v1/imports/{job['id']}/report")
    assert (early.status_code, early.json()["code"]) == (409, "import-unfinished")
    await work(app, job["id"])
    ended = (await client.get(accepted.headers["location"])).json()
    assert (ended["state"], ended["progress"], ended["done"], ended["total"]) == ("succeeded", 100.0, 5, 5)
    counts = {name: ended["result"][name] for name in ("rows", "stored", "refused", "unchanged", "warnings")}
    assert counts == {"rows": 5, "stored": 4, "refused": 1, "unchanged": 0, "warnings": 0}
    report = await client.get(ended["result"]["report"])
    assert report.headers["content-type"] == "text/csv; charset=utf-8"
    lines = list(csv.DictReader(io.StringIO(report.text)))
    assert [(line["row"], line["field"], line["code"], line["severity"], line["row_id"]) for line in lines] == [
        ("2", "sex", "unknown-code", "error", "2")
    ]


@pytest.mark.parametrize(("language", "words"), [(None, "Choisissez"), ("ar", "اختر"), ("en-GB", "Choose")])
async def test_the_report_speaks_the_callers_language(
    app: FastAPI, client: httpx.AsyncClient, language: str | None, words: str
) -> None:
    job_id = (await send(client, file_of(row(sex="Q")))).json()["id"]
    await work(app, job_id)
    headers = {"accept-language": language} if language else {}
    report = await client.get(f"/v1/imports/{job_id}/report", headers=headers)
    assert words in report.text


async def test_a_long_report_comes_whole(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    rows = [{"row_id": str(number), "sex": "Q", "given": "Awa", "birth": "x"} for number in range(1, 11)]
    job_id = (await send(client, file_of(*rows))).json()["id"]
    await work(app, job_id)
    lines = (await client.get(f"/v1/imports/{job_id}/report")).text.splitlines()
    assert len(lines) == 1 + 20
    assert [line.split(",")[:2] for line in lines[1:5]] == [["1", "sex"], ["1", "birth"], ["2", "sex"], ["2", "birth"]]


async def test_validating_is_the_default_and_stores_nothing(app: FastAPI, client: httpx.AsyncClient) -> None:
    accepted = await client.post("/v1/imports", content=file_of(row()), headers=CSV)
    await work(app, accepted.json()["id"])
    result = (await client.get(accepted.headers["location"])).json()["result"]
    assert (result["mode"], result["accepted"], result["stored"]) == ("validate", 1, 0)
    assert (await counted(app.state.database))["person"] == 0


async def test_a_file_larger_than_a_json_body_is_taken(app: FastAPI, client: httpx.AsyncClient) -> None:
    rows = [{**one, "commune": "x" * 150} for one in simple_rows(9_000)]
    content = file_of(*rows, columns=("row_id", "given", "family", "passport", "birth", "commune"))
    assert len(content) > 1024 * 1024
    accepted = await send(client, content, mode="validate")
    await work(app, accepted.json()["id"])
    assert (await client.get(accepted.headers["location"])).json()["result"]["accepted"] == 9_000


@pytest.mark.parametrize(
    ("content", "status", "code"),
    [
        (b"", 422, "import-empty"),
        (b"\n", 422, "import-empty"),
        (b"Awa,Diallo\n", 422, "import-header-refused"),
        (b"row_id,shoe_size\n", 422, "import-header-refused"),
        (b"\xff\xfe\n", 422, "import-header-refused"),
    ],
)
async def test_a_file_without_its_header_is_refused(
    client: httpx.AsyncClient, content: bytes, status: int, code: str
) -> None:
    answer = await send(client, content)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert "Diallo" not in answer.text
    assert "shoe_size" not in answer.text


async def test_a_refused_header_names_the_places(client: httpx.AsyncClient) -> None:
    answer = await send(client, b"given,x,given\n")
    assert codes(answer) == [
        ("/header/2", "unknown-column"),
        ("/header/3", "repeated-column"),
        ("/header/row_id", "missing-column"),
    ]


async def test_only_csv_is_taken_and_only_known_parameters(client: httpx.AsyncClient) -> None:
    wrong = await client.post("/v1/imports", content=b"{}", headers={"content-type": "application/json"})
    assert wrong.status_code == 415
    assert (await client.post("/v1/imports", content=b"x")).status_code == 415
    assert (await send(client, b"row_id\n", mode="delete")).status_code == 422
    assert (await send(client, b"row_id\n", dataset="../x")).status_code == 422
    assert (await send(client, b"row_id\n", force="yes")).status_code == 400


async def test_a_file_that_is_too_large_is_refused(client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_FILE", 1_000)
    declared = await send(client, b"row_id\n" + b"1\n" * 1_000)
    assert (declared.status_code, declared.json()["code"]) == (413, "import-too-large")

    async def parts() -> Any:
        for _ in range(20):
            yield b"row_id\n" + b"1\n" * 500

    monkeypatch.setattr(receive, "__kwdefaults__", {"limit": 1_000})
    streamed = await client.post("/v1/imports", content=parts(), headers=CSV)
    assert (streamed.status_code, streamed.json()["code"]) == (413, "import-too-large")


async def test_another_organisation_sees_neither_job_nor_report(app: FastAPI, client: httpx.AsyncClient) -> None:
    job_id = (await send(client, file_of(row()))).json()["id"]
    await work(app, job_id)
    other = bearer("imports:write", service="registry", organisation="prefecture-fes")
    assert (await client.get(f"/v1/jobs/{job_id}", headers=other)).status_code == 404
    assert (await client.get(f"/v1/imports/{job_id}/report", headers=other)).status_code == 404
    assert (await client.get("/v1/imports/registry-00000000-0000-4000-8000-000000000000/report")).status_code == 404
    assert (await client.get("/v1/imports/1/report")).status_code == 422


async def test_a_job_is_cancelled_before_it_begins(app: FastAPI, client: httpx.AsyncClient) -> None:
    accepted = await send(client, file_of(row()))
    cancelled = await client.delete(accepted.headers["location"])
    assert cancelled.json()["cancel_requested"] is True
    await work(app, accepted.json()["id"])
    assert (await client.get(accepted.headers["location"])).json()["state"] == "cancelled"
    database: Database = app.state.database
    assert (await counted(database))["person"] == 0
    async with database.sessions() as session:
        assert await jobs.find(session, accepted.json()["id"])


async def test_who_may_not_import_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/imports", content=b"row_id\n", headers={**CSV, **bearer("persons:read", service="registry")}
    )
    assert answer.status_code == 403


JSONL = {"content-type": "application/jsonl"}
XLSX = {"content-type": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        (JSONL, lines_of(row(), row(row_id="2", sex="Q"))),
        ({"content-type": "application/x-ndjson"}, lines_of(row(), row(row_id="2", sex="Q"))),
        (XLSX, workbook_of(row(), row(row_id="2", sex="Q"))),
    ],
)
async def test_json_lines_and_workbooks_are_taken_in_too(
    app: FastAPI, client: httpx.AsyncClient, headers: dict[str, str], content: bytes
) -> None:
    accepted = await client.post("/v1/imports", content=content, headers=headers, params={"mode": "commit"})
    assert accepted.status_code == 202, accepted.text
    await work(app, accepted.json()["id"])
    job = (await client.get(accepted.headers["location"])).json()
    assert (job["result"]["rows"], job["result"]["stored"], job["result"]["refused"]) == (2, 1, 1)
    report = await client.get(job["result"]["report"], params={"format": "json"}, headers={"accept-language": "en"})
    assert report.headers["content-type"] == "application/json"
    detail = "Choose a code of the reference list (/v1/reference)."
    assert report.json() == {
        "items": [
            {"row": 2, "field": "sex", "code": "unknown-code", "detail": detail, "severity": "error", "row_id": "2"},
        ]
    }  # fmt: skip


async def test_a_json_report_comes_whole_or_empty(
    app: FastAPI, client: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 3)
    rows = [{"row_id": str(number), "sex": "Q", "given": "Awa"} for number in range(1, 11)]
    for content, found in ((file_of(*rows), 10), (file_of(row()), 0)):
        job_id = (await send(client, content)).json()["id"]
        await work(app, job_id)
        report = await client.get(f"/v1/imports/{job_id}/report", params={"format": "json"})
        assert [item["row"] for item in report.json()["items"]] == list(range(1, found + 1))


async def test_all_or_none_stores_none_when_a_row_is_refused(app: FastAPI, client: httpx.AsyncClient) -> None:
    accepted = await send(client, file_of(row(), row(row_id="2", sex="Q")), atomic="true")
    await work(app, accepted.json()["id"])
    result = (await client.get(accepted.headers["location"])).json()["result"]
    assert (result["atomic"], result["accepted"], result["stored"]) == (True, 1, 0)
    assert (await counted(app.state.database))["person"] == 0


@pytest.mark.parametrize("content", [b"row_id,given\n1,Awa\n", b"PK\x03\x04"])
async def test_what_is_no_workbook_is_refused(client: httpx.AsyncClient, content: bytes) -> None:
    answer = await client.post("/v1/imports", content=content, headers=XLSX)
    assert (answer.status_code, answer.json()["code"]) == (422, "workbook-refused")
    assert (await client.post("/v1/imports", content=b"", headers=JSONL)).json()["code"] == "import-empty"
